import type { Execution } from '../process/execution.js';
import type { ExecutionOutcome } from '../process/execution-outcome.js';

/** An execution after its end, without what running it took. */
export interface EndedExecution {
  readonly id: string;
  readonly pid: number;
  readonly request: Execution['request'];
  /** The time limit that was in force; null = none. */
  readonly timeoutMs: number | null;
  readonly startedAt: number;
  readonly outcome: ExecutionOutcome;
  /** Monotonic milliseconds. */
  readonly endedAt: number;
}

const KEPT_MS = 300_000;
const KEPT_COUNT = 100;

/** The ended executions of a session, kept for a while for those who ask late: the last 100, for five minutes each. */
export class EndedExecutions {
  readonly #ended = new Map<string, EndedExecution>();

  add(execution: Execution, outcome: ExecutionOutcome): void {
    const { id, pid, request, timeoutMs, startedAt } = execution;
    this.#ended.set(id, {
      id,
      pid,
      request: { ...request, stdin: null },
      timeoutMs,
      startedAt,
      outcome,
      endedAt: performance.now(),
    });
    this.#forget(performance.now());
  }

  find(id: string): EndedExecution | null {
    this.#forget(performance.now());
    return this.#ended.get(id) ?? null;
  }

  #forget(now: number): void {
    for (const [id, { endedAt }] of this.#ended) {
      if (this.#ended.size <= KEPT_COUNT && now - endedAt < KEPT_MS) return;
      this.#ended.delete(id);
    }
  }
}
