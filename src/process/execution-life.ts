import type { EventLog } from '../stream/event-log.js';
import type { StreamName } from '../stream/output-options.js';
import type { EndCause, EndReason } from './end-cause.js';
import type { Excess } from './limit/excess.js';
import { excessCause } from './limit/excess-cause.js';
import { type Activity, ExecutionClocks, type ReachedLimit } from './execution-clocks.js';
import type { ExecutionEvent } from './execution-event.js';
import { ExecutionEnd } from './execution-end.js';
import type { ExecutionOutcome, ProcessExit } from './execution-outcome.js';
import type { ExecutionLimits } from './execution-limits.js';
import type { ExecutionPast } from './execution-past.js';
import type { ExecutionPipes, PipeListener } from './execution-pipes.js';
import type { ExecutionRequest } from './execution-request.js';
import type { LauncherService } from './launcher.service.js';
import { timeLimitText } from './time-limit-text.js';
import type { FinalUsage, Usage } from './usage.js';

type ExecutionState = 'running' | 'paused' | 'ending' | 'completed' | 'failed' | 'canceled';

/**
 * A command from its start to its end: its output, its clocks, what it uses. Everything that happens goes into `log`, the
 * last event being `completed`, when no process of the tree is alive (but for survivors the client asked for).
 */
export class ExecutionLife {
  /** Settles with the account of the end. Never rejects. */
  readonly ended: Promise<ExecutionOutcome>;
  /** Settles when no process of the tree is left, survivors included. Never rejects. */
  readonly gone: Promise<void>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Monotonic. */
  readonly #start: number;
  protected readonly clocks: ExecutionClocks;
  protected word: ExecutionState = 'running';
  protected readonly end = new ExecutionEnd();
  /** How often its time limit has moved. */
  readonly extensions: { progress: number; client: number };
  /** Called when the service begins to end it. */
  onCause: (cause: EndCause) => void = noop;
  #usage: Usage | null = null;
  /** What in its output told of its completion first. */
  protected completion: ExecutionOutcome['completion'] = null;
  #survivors: readonly number[] = [];
  #settleGone: () => void = noop;
  #settle: (outcome: ExecutionOutcome) => void = noop;

  constructor(
    readonly id: string,
    readonly pid: number,
    readonly request: ExecutionRequest,
    readonly limits: ExecutionLimits,
    protected readonly launcher: LauncherService,
    protected readonly pipes: ExecutionPipes,
    readonly log: EventLog<ExecutionEvent>,
    past: ExecutionPast | null = null,
  ) {
    this.startedAt = past?.startedAt ?? Date.now();
    this.#start = performance.now() - (past?.elapsedMs ?? 0);
    this.extensions = { ...(past?.extensions ?? { progress: 0, client: 0 }) };
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.gone = new Promise((resolve) => {
      this.#settleGone = resolve;
    });
    if (past === null) this.log.appendEvent({ type: 'started', at: this.startedAt });
    this.clocks = new ExecutionClocks(limits.time, {
      warned: (remainingMs, limitMs, basedOn) => {
        this.log.appendEvent({ type: 'warning', remainingMs, limitMs, basedOn });
      },
      extended: (fromMs, toMs) => {
        this.extensions.progress++;
        this.log.appendEvent({ type: 'extended', fromMs, toMs, why: 'progress' });
      },
      silent: (idleMs) => {
        this.log.appendEvent({ type: 'stalled', idleMs, stallTimeoutMs: limits.time.stallTimeoutMs });
      },
      expired: (limit) => {
        this.#endOnTimeLimit(limit);
      },
    });
    const listener: PipeListener = {
      onOutput: () => {
        this.clocks.output();
      },
      onBlocked: (isBlocked) => {
        this.clocks.block(isBlocked);
      },
      onExceeded: (limit, observed) => {
        this.#endFor(excessCause({ resource: 'outputBytes', limit, observed }));
      },
    };
    if (past !== null) this.#goOn(past);
    if (past?.outcome == null) pipes.start(listener, Buffer.isBuffer(request.stdin) ? request.stdin : null);
  }

  /** Processes that were left running on the client's wish and have not ended. */
  get survivors(): readonly number[] {
    return this.#survivors;
  }

  get state(): ExecutionState {
    return this.word;
  }

  /** Milliseconds since the start, or of the whole life. */
  get elapsedMs(): number {
    return this.end.durationMs ?? performance.now() - this.#start;
  }

  /** The time limit in force; null = none. */
  get timeoutMs(): number | null {
    return this.clocks.timeoutMs;
  }

  /** What it did with its time so far, or in all. */
  get activity(): Activity {
    return this.clocks.activity;
  }

  /** Time in which it waited for its client to take output. */
  get blockedMs(): number {
    return this.clocks.blockedMs;
  }

  /** What its processes use, as it was last seen; null before that. */
  get usage(): Usage | null {
    return this.#usage;
  }

  bytes(stream: StreamName): number {
    return this.pipes.bytes(stream);
  }

  /** Ends the tree for a reason of the service's own. The first reason stays. */
  terminate(reason: EndReason, error: string | null = null): void {
    this.#endFor({ reason, error, evidence: null });
  }

  /** From the launcher: its processes use too much, and are killed. */
  onExceeded(excess: Excess): void {
    this.#endFor(excessCause(excess), 0);
  }

  /** From the launcher: what its processes use. CPU time and I/O are signs of progress. */
  onUsed(usage: Usage): void {
    const before = this.#usage;
    this.#usage = usage;
    if (usage.cpuSeconds > (before?.cpuSeconds ?? 0) || usage.ioBytes > (before?.ioBytes ?? 0)) this.clocks.progress();
  }

  /** From the launcher: the command's own process has ended. */
  onExited(exit: ProcessExit, durationMs: number, final: FinalUsage | null): void {
    this.end.exited(exit, durationMs, final);
    this.word = 'ending';
    this.clocks.clear();
    this.pipes.closeStdin();
  }

  /** From the launcher: nothing of the tree is left but `survivors`. */
  onCleared(survivors: readonly number[]): void {
    this.#survivors = survivors;
    if (survivors.length === 0) this.#settleGone();
    if (this.isEnded()) return;
    void this.pipes.ended.then(() => {
      this.#complete();
    });
    this.pipes.release(survivors.length > 0);
  }

  /** From the launcher service: the launcher died, and the tree with it. */
  onLost(why: string): void {
    if (!this.end.isOver) {
      this.end.blame({ reason: 'server_lost', error: why, evidence: null });
      this.onExited({ code: null, signal: null }, this.elapsedMs, null);
    }
    this.onCleared([]);
  }

  /** It has been another service's. */
  #goOn(past: ExecutionPast): void {
    this.clocks.goOn(past);
    this.completion = past.completion;
    if (past.isPaused) this.word = 'paused';
    if (past.cause !== null) {
      this.end.blame(past.cause);
      this.clocks.clear();
      this.word = 'ending';
    }
    if (past.outcome === null) return;
    const { exitCode, durationMs, status, survivors } = past.outcome;
    this.end.exited({ code: exitCode, signal: null }, durationMs, null);
    this.clocks.clear();
    this.word = status;
    this.#survivors = survivors;
    this.#settle(past.outcome);
    if (survivors.length === 0) this.#settleGone();
  }

  #endOnTimeLimit(limit: ReachedLimit): void {
    const message = timeLimitText(limit);
    this.log.appendEvent({
      type: 'time-limit',
      limit: limit.kind,
      durationMs: performance.now() - this.#start,
      message,
    });
    this.terminate(limit.kind === 'stall' ? 'stalled' : 'timeout', message);
  }

  #endFor(cause: EndCause, graceMs = this.limits.cleanupTimeoutMs): void {
    if (this.end.blame(cause)) this.onCause(cause);
    this.clocks.clear();
    if (!this.isEnded()) this.word = 'ending';
    this.launcher.terminate(this.id, graceMs);
  }

  #complete(): void {
    if (this.isEnded()) return;
    const outcome = this.end.outcome(this.#usage, this.limits.resources, {
      durationMs: this.elapsedMs,
      stdout: this.pipes.totals('stdout'),
      stderr: this.pipes.totals('stderr'),
      survivors: this.#survivors,
      completion: this.completion,
    });
    this.word = outcome.status;
    this.log.appendEvent({ type: 'completed', outcome });
    this.#settle(outcome);
  }

  protected isEnded(): boolean {
    return this.word === 'completed' || this.word === 'failed' || this.word === 'canceled';
  }
}

function noop(): void {
  // nothing is to be done
}
