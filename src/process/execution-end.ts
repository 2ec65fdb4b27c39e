import type { ResourceLimits } from '../config/resource-limits.js';
import type { StreamTotals } from '../stream/pipe-reader.js';
import type { EndCause } from './end-cause.js';
import { excessCause } from './limit/excess-cause.js';
import { excessOfExit } from './limit/excess-of-exit.js';
import { executionOutcome, type ExecutionOutcome, type ProcessExit } from './execution-outcome.js';
import type { FinalUsage, Usage } from './usage.js';

/** What is known of the end of an execution, gathered until it is told. */
export class ExecutionEnd {
  #cause: EndCause | null = null;
  #exit: ProcessExit | null = null;
  #durationMs: number | null = null;
  #usage: FinalUsage | null = null;

  /** Why the service ends it; null where it does not. */
  get cause(): EndCause | null {
    return this.#cause;
  }

  /** True once the command's own process has ended. */
  get isOver(): boolean {
    return this.#exit !== null;
  }

  /** The life of the command's own process. */
  get durationMs(): number | null {
    return this.#durationMs;
  }

  /**
   * The first cause stays. What comes after the command's own end is no cause of it, but for an excess.
   * @returns whether it is this one
   */
  blame(cause: EndCause): boolean {
    if (!this.isOver || cause.evidence !== null) this.#cause ??= cause;
    return this.#cause === cause;
  }

  /** The command's own process has ended. */
  exited(exit: ProcessExit, durationMs: number, usage: FinalUsage | null): void {
    this.#exit = exit;
    this.#durationMs = durationMs;
    this.#usage = usage;
  }

  /** @param seen what its processes used when they were last looked at */
  outcome(
    seen: Usage | null,
    limits: ResourceLimits,
    rest: {
      readonly durationMs: number;
      readonly stdout: StreamTotals;
      readonly stderr: StreamTotals;
      readonly survivors: readonly number[];
      readonly completion: ExecutionOutcome['completion'];
    },
  ): ExecutionOutcome {
    const { cpuSeconds, maxRssBytes } = this.#usage ?? seen ?? { cpuSeconds: null, maxRssBytes: null };
    return executionOutcome(this.#exit, this.#cause ?? this.#untoldCause(cpuSeconds, limits), {
      ...rest,
      cpuSeconds,
      maxRssBytes: maxRssBytes ?? seen?.maxRssBytes ?? null,
    });
  }

  /** The system ends a process at its limit without a word. */
  #untoldCause(cpuSeconds: number | null, limits: ResourceLimits): EndCause | null {
    const excess = this.#exit === null ? null : excessOfExit(this.#exit, cpuSeconds, limits);
    return excess === null ? null : excessCause(excess);
  }
}
