import type { EventLog } from '../stream/event-log.js';
import type { StreamName } from '../stream/output-options.js';
import type { CommandPipes } from './command-pipes.js';
import { type Activity, ExecutionClocks, type ReachedLimit } from './execution-clocks.js';
import type { ExecutionEvent } from './execution-event.js';
import { type EndReason, executionOutcome, type ExecutionOutcome, type ProcessExit } from './execution-outcome.js';
import { type ExecutionLimits, requireWithinMaximum } from './execution-limits.js';
import type { ExecutionRequest } from './execution-request.js';
import type { LauncherService } from './launcher.service.js';
import { ProcessError } from './process-error.js';
import { timeLimitText } from './time-limit-text.js';

export type ExecutionState = 'running' | 'paused' | 'ending' | 'completed' | 'failed' | 'canceled';

/** Puts an event into the log, at the moment the caller chooses: after its own reply. */
export type Announcement = () => void;

/** Time after the end of a whole tree in which its pipes, idle, may still be held by a process that is not ours. */
const IDLE_PIPE_MS = 200;
/** How often it is looked whether such a pipe has become idle. */
const MAX_PIPE_LOOKS = 5;

/**
 * One command that was started: its output, its control, its end. Everything that happens goes into `log`, the last
 * event being `completed`, when no process of the tree is alive (but for survivors the client asked for).
 */
export class Execution {
  /** Settles with the account of the end. Never rejects. */
  readonly ended: Promise<ExecutionOutcome>;
  /** Settles when no process of the tree is left, survivors included. Never rejects. */
  readonly gone: Promise<void>;
  readonly startedAt = Date.now();
  readonly #start = performance.now();
  readonly #clocks: ExecutionClocks;
  #state: ExecutionState = 'running';
  #turn: Promise<void> = Promise.resolve();
  #isBlocked = false;
  #durationMs: number | null = null;
  #reason: EndReason | null = null;
  #error: string | null = null;
  #exit: ProcessExit | null = null;
  #survivors: readonly number[] = [];
  #settleGone: () => void = noop;
  #settle: (outcome: ExecutionOutcome) => void = noop;

  constructor(
    readonly id: string,
    readonly pid: number,
    readonly request: ExecutionRequest,
    readonly limits: ExecutionLimits,
    private readonly launcher: LauncherService,
    private readonly pipes: CommandPipes,
    readonly log: EventLog<ExecutionEvent>,
  ) {
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.gone = new Promise((resolve) => {
      this.#settleGone = resolve;
    });
    this.log.appendEvent({ type: 'started', at: this.startedAt });
    this.#clocks = new ExecutionClocks(limits.time, {
      warned: (remainingMs, limitMs, basedOn) => {
        this.log.appendEvent({ type: 'warning', remainingMs, limitMs, basedOn });
      },
      extended: (fromMs, toMs) => {
        this.log.appendEvent({ type: 'extended', fromMs, toMs, why: 'progress' });
      },
      silent: (idleMs) => {
        this.log.appendEvent({ type: 'stalled', idleMs, stallTimeoutMs: limits.time.stallTimeoutMs });
      },
      expired: (limit) => {
        this.#endOnTimeLimit(limit);
      },
    });
    const onOutput = (): void => {
      this.#clocks.output();
    };
    const onBlocked = (blocked: boolean): void => {
      this.#isBlocked = blocked;
      this.#clocks.block(blocked);
    };
    pipes.start({ onOutput, onBlocked }, Buffer.isBuffer(request.stdin) ? request.stdin : null);
  }

  /** Processes that were left running on the client's wish and have not ended. */
  get survivors(): readonly number[] {
    return this.#survivors;
  }

  get state(): ExecutionState {
    return this.#state;
  }

  /** Milliseconds since the start, or of the whole life. */
  get elapsedMs(): number {
    return this.#durationMs ?? performance.now() - this.#start;
  }

  /** The time limit in force; null = none. */
  get timeoutMs(): number | null {
    return this.#clocks.timeoutMs;
  }

  /** What it did with its time so far, or in all. */
  get activity(): Activity {
    return this.#clocks.activity;
  }

  bytes(stream: StreamName): number {
    return this.pipes.bytes(stream);
  }

  /** Stops every process of the tree. @returns what tells it in the log @throws ProcessError not-running */
  pause(): Promise<Announcement> {
    return this.#inTurn(async () => {
      this.#requireControllable();
      await this.#signal('SIGSTOP', true);
      this.#requireControllable();
      this.#clocks.pause();
      this.#state = 'paused';
      return this.#announcement('paused');
    });
  }

  /** Continues every process of the tree. @returns what tells it in the log @throws ProcessError not-running */
  resume(): Promise<Announcement> {
    return this.#inTurn(async () => {
      this.#requireControllable();
      await this.#signal('SIGCONT', true);
      this.#requireControllable();
      this.#clocks.resume();
      this.#state = 'running';
      return this.#announcement('resumed');
    });
  }

  /**
   * Ends the tree, or the survivors of one that ended: SIGTERM, then SIGKILL after the cleanup timeout.
   * @returns what tells it in the log
   * @throws ProcessError not-running
   */
  cancel(): Promise<Announcement> {
    return this.#inTurn(() => {
      if (this.#isOver() && this.#survivors.length === 0) throw this.#notRunning();
      const first = this.#reason !== 'canceled';
      if (first) this.terminate('canceled');
      return Promise.resolve(first ? this.#announcement('canceled') : noop);
    });
  }

  /** Signals the process group. @throws ProcessError not-running */
  signal(signal: NodeJS.Signals): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isOver()) throw this.#notRunning();
      await this.#signal(signal, false);
    });
  }

  /**
   * Bytes for an open stdin, and with `eof` its end.
   * @returns the bytes taken
   * @throws ProcessError not-running, stdin-not-open, or stdin-full where the command does not read
   */
  write(data: Buffer, eof: boolean): number {
    if (this.#isOver()) throw this.#notRunning();
    if (this.request.stdin !== 'open' || !this.pipes.isStdinOpen) {
      throw new ProcessError({ kind: 'stdin-not-open', executionId: this.id });
    }
    const limitBytes = this.limits.stdinBufferBytes;
    if (this.pipes.unreadInputBytes + data.length > limitBytes)
      throw new ProcessError({ kind: 'stdin-full', limitBytes });
    this.pipes.write(data, eof);
    return data.length;
  }

  /**
   * Gives it another time limit, counted from its start without pauses, that is the client's own; null = none.
   * @throws ProcessError not-running, limit-over-maximum, or unusable-request where it has run for so long already
   */
  extend(limitMs: number | null): void {
    this.#requireControllable();
    requireWithinMaximum(limitMs, this.limits.time.maxTimeoutMs);
    const { activeMs } = this.activity;
    if (limitMs !== null && limitMs <= activeMs) {
      const message = `The execution has run for ${String(Math.round(activeMs / 100) / 10)} s already`;
      throw new ProcessError({ kind: 'unusable-request', field: 'timeout', message });
    }
    const fromMs = this.timeoutMs;
    this.#clocks.setLimit(limitMs ?? Infinity);
    this.log.appendEvent({ type: 'extended', fromMs, toMs: limitMs, why: 'client' });
  }

  /** Ends the tree for a reason of the service's own. The first reason stays. */
  terminate(reason: EndReason, error: string | null = null): void {
    if (this.#reason === null && this.#exit === null) {
      this.#reason = reason;
      this.#error = error;
      this.#state = 'ending';
    }
    this.#clocks.clear();
    this.launcher.terminate(this.id, this.limits.cleanupTimeoutMs);
  }

  /** No one will read any more: the output ends here, and so does the tree. */
  abandon(reason: EndReason): void {
    this.log.onAppend = noop;
    this.log.onRoom = noop;
    this.pipes.closeOutput();
    this.terminate(reason);
  }

  /** The fault that control of an ended execution gets. */
  #notRunning(): ProcessError {
    return new ProcessError({ kind: 'not-running', pid: this.pid, executionId: this.id });
  }

  /** From the launcher: the command's own process has ended. */
  onExited(code: number | null, signal: NodeJS.Signals | null, durationMs = this.elapsedMs): void {
    this.#exit = { code, signal };
    this.#durationMs = durationMs;
    this.#state = 'ending';
    this.#clocks.clear();
    this.pipes.closeStdin();
  }

  /** From the launcher: nothing of the tree is left but `survivors`. */
  onCleared(survivors: readonly number[]): void {
    this.#survivors = survivors;
    if (survivors.length === 0) this.#settleGone();
    if (this.#isEnded()) return;
    void this.pipes.ended.then(() => {
      this.#complete();
    });
    this.#releasePipes();
  }

  /** From the launcher service: the launcher died, and the tree with it. */
  onLost(why: string): void {
    if (this.#exit === null) {
      this.#reason ??= 'server_lost';
      this.#error ??= why;
      this.onExited(null, null);
    }
    this.onCleared([]);
  }

  async #signal(signal: NodeJS.Signals, tree: boolean): Promise<void> {
    const delivered = await this.launcher.signal(this.id, signal, tree);
    if (!delivered) throw this.#notRunning();
  }

  /** Controls act one after the other, in the order in which they came. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act);
    this.#turn = turn.then(noop, noop);
    return turn;
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

  /**
   * Every process of ours has ended or stays on purpose. A pipe that is still open after a while, and idle, is held by a
   * process we do not know: it is closed. Survivors may go on writing: it is read and passed over.
   */
  #releasePipes(seen = -1, looksLeft = MAX_PIPE_LOOKS): void {
    setTimeout(() => {
      if (this.#isEnded()) return;
      const bytes = this.bytes('stdout') + this.bytes('stderr');
      if (this.#isBlocked) this.#releasePipes(bytes, looksLeft);
      else if (bytes !== seen && looksLeft > 0 && this.#survivors.length === 0)
        this.#releasePipes(bytes, looksLeft - 1);
      else if (this.#survivors.length > 0) this.pipes.discardOutput();
      else this.pipes.closeOutput();
    }, IDLE_PIPE_MS);
  }

  #complete(): void {
    if (this.#isEnded()) return;
    const outcome = executionOutcome(this.#exit, this.#reason, {
      error: this.#error,
      durationMs: this.elapsedMs,
      stdout: this.pipes.totals('stdout'),
      stderr: this.pipes.totals('stderr'),
      survivors: this.#survivors,
    });
    this.#state = outcome.status;
    this.log.appendEvent({ type: 'completed', outcome });
    this.#settle(outcome);
  }

  #announcement(type: 'paused' | 'resumed' | 'canceled'): Announcement {
    return () => {
      if (!this.#isEnded()) this.log.appendEvent({ type });
    };
  }

  #requireControllable(): void {
    if (this.#state !== 'running' && this.#state !== 'paused') throw this.#notRunning();
  }

  #isEnded(): boolean {
    return this.#state === 'completed' || this.#state === 'failed' || this.#state === 'canceled';
  }

  /** True once the command's own process has ended. */
  #isOver(): boolean {
    return this.#exit !== null;
  }
}

function noop(): void {
  // nothing is to be done
}
