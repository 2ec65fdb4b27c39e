import type { Execution } from '../process/execution.js';
import type { EndReason } from '../process/end-cause.js';
import type { ExecutionEvent } from '../process/execution-event.js';
import type { ExecutionOutcome } from '../process/execution-outcome.js';
import type { EventLog } from '../stream/event-log.js';
import { Deadline } from '../timeout/deadline.js';
import type { EndedExecution } from './ended-execution.js';

/** An execution as its clients know it, from its start until it is forgotten. */
export class KnownExecution {
  readonly id: string;
  readonly pid: number;
  readonly log: EventLog<ExecutionEvent>;
  /** Settles when it has ended and no process of it is left. Never rejects. */
  readonly over: Promise<unknown>;
  #live: Execution | null;
  #ended: EndedExecution | null = null;
  #isDetached = false;
  #isAwaited = true;
  #deadline: Deadline | null = null;
  readonly #forgetters: (() => void)[] = [];

  /**
   * @param sessionId the session that started it
   * @param group the clients it is shared by
   */
  constructor(
    execution: Execution,
    readonly sessionId: string,
    readonly group: string | null,
  ) {
    this.id = execution.id;
    this.pid = execution.pid;
    this.log = execution.log;
    this.over = Promise.all([execution.ended, execution.gone]);
    this.#live = execution;
    void this.over.then(() => {
      this.#deadline?.clear();
      this.#live = null;
    });
  }

  /** What runs, or has left processes running on its client's wish; null once nothing is left. */
  get live(): Execution | null {
    return this.#live;
  }

  /** What is told of it. */
  get account(): Execution | EndedExecution {
    const account = this.#ended ?? this.#live;
    if (account === null) throw new Error('An execution is neither running nor ended');
    return account;
  }

  get hasEnded(): boolean {
    return this.#ended !== null;
  }

  /** True while it outlives its session. */
  get isDetached(): boolean {
    return this.#isDetached;
  }

  /** True where its session's client may still come for what it has not got. */
  get isAwaited(): boolean {
    return this.#isAwaited && this.log.acknowledgedSeq < this.log.nextSeq - 1;
  }

  /** It has ended: what running it took is let go, but for survivors. */
  end(outcome: ExecutionOutcome): void {
    const execution = this.#live;
    if (execution === null) return;
    const { id, pid, request, limits, timeoutMs, startedAt } = execution;
    const told = { ...request, stdin: null, environment: {} };
    this.#ended = { id, pid, request: told, limits, timeoutMs, startedAt, outcome };
    if (outcome.survivors.length === 0) this.#live = null;
  }

  /** Its session has ended without it: it goes on for so long, for whoever comes for it. */
  detach(ttlMs: number): void {
    this.#isAwaited = false;
    this.#isDetached = true;
    this.log.orphan();
    if (this.#live === null) return;
    this.#deadline = new Deadline(ttlMs, () => {
      this.abandon('disconnected');
    });
  }

  /** Calls back once, when it cannot be asked for any more. */
  onForgotten(forget: () => void): void {
    this.#forgetters.push(forget);
  }

  /** It cannot be asked for any more. */
  forget(): void {
    this.log.retire();
    for (const forget of this.#forgetters) forget();
  }

  /** Nobody will come for it: it ends. */
  abandon(reason: EndReason): void {
    this.#isAwaited = false;
    if (this.#ended === null) this.#live?.abandon(reason);
    else this.#live?.terminate(reason);
    this.log.release();
  }
}
