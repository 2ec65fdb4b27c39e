import { randomUUID } from 'node:crypto';
import type { EndReason } from '../process/end-cause.js';
import type { Execution } from '../process/execution.js';
import type { ExecutionEvent } from '../process/execution-event.js';
import type { ExecutionRequest } from '../process/execution-request.js';
import type { HookedProcesses } from '../hook/hooked-processes.js';
import { ProcessError } from '../process/process-error.js';
import type { StartKey } from '../process/start-key.js';
import type { EventSource } from '../stream/event-source.js';
import { KnownExecution } from './known-execution.js';
import type { ProcessPlaces } from './process-places.js';
import { ResumeToken } from './resume-token.js';
import type { SessionClient } from './session-client.js';
import { SessionError } from './session-error.js';
import type { SessionLink } from './session-link.js';

/** What a session runs its commands with. */
export interface SessionMeans {
  readonly processes: HookedProcesses;
  readonly places: ProcessPlaces;
  readonly maxProcesses: number;
  readonly detachedTtlMs: number;
  /** Sees to it that the session is found again where its commands outlive the service. */
  readonly keep: (session: Session) => void;
  /** Told of each execution when it runs, and when it has ended. */
  readonly started: (execution: KnownExecution) => void;
  readonly ended: (execution: KnownExecution) => void;
}

/** A command that runs, and its client's way to read it; null while the client is away. */
interface Started {
  readonly execution: KnownExecution;
  readonly source: EventSource<ExecutionEvent> | null;
}

/**
 * One client's place in the service: what it runs, and what it has not got of it. It outlives its connection, of which it
 * has one at a time.
 */
export class Session {
  /** True for a connection beyond the limit that may only resume another session. */
  isProvisional = false;
  #link: SessionLink | null = null;
  readonly #executions = new Map<string, KnownExecution>();
  readonly #starting = new Set<Promise<Execution>>();
  #runningCount = 0;
  #endReason: EndReason | null = null;
  /** Monotonic time of the end of its last execution, or of its own start. */
  #activeAt = performance.now();

  constructor(
    readonly client: SessionClient,
    private readonly means: SessionMeans,
    readonly id: string = randomUUID(),
    readonly token = new ResumeToken(),
  ) {}

  /** Its connection; null while its client is away. */
  get link(): SessionLink | null {
    return this.#link;
  }

  get hasEnded(): boolean {
    return this.#endReason !== null;
  }

  /** How long nothing has run, in milliseconds. */
  idleMs(now: number): number {
    return this.#runningCount + this.#starting.size > 0 ? 0 : now - this.#activeAt;
  }

  /** What runs, has left processes running, or has ended and is not forgotten. */
  get executions(): KnownExecution[] {
    return [...this.#executions.values()];
  }

  /** What runs, the one started last at the end. */
  get running(): KnownExecution[] {
    return this.executions.filter(({ hasEnded }) => !hasEnded);
  }

  /** True where nothing of it runs. */
  get isUnused(): boolean {
    return this.#starting.size === 0 && this.executions.every(({ live }) => live === null);
  }

  /** True where nothing is left for its client to come back for. */
  get isEmpty(): boolean {
    return this.isUnused && this.executions.every(({ isAwaited }) => !isAwaited);
  }

  /** The connection is this session's from here on; the one it had ends. */
  connect(link: SessionLink): void {
    const before = this.#link;
    this.#link = link;
    for (const { log } of this.#executions.values()) log.disown();
    before?.supersede();
  }

  /** The connection has ended. @returns false where it was not this session's any more */
  disconnect(link: SessionLink): boolean {
    if (this.#link !== link) return false;
    this.#link = null;
    for (const { log } of this.#executions.values()) log.disown();
    return true;
  }

  /**
   * Starts a command; its place is taken from this call on, until no process of it is left.
   * @param link the connection on which it was asked for
   * @param startKey what it is found by when it is asked for again; null = it is not
   * @throws SessionError resume-rejected where that is not the session's any more, already-running, or process-limit
   * @throws what HookedProcesses.start throws
   */
  async start(request: ExecutionRequest, link: SessionLink, startKey: StartKey | null = null): Promise<Started> {
    if (this.#link !== link) throw new SessionError({ kind: 'resume-rejected', reason: 'superseded' });
    if (this.#runningCount + this.#starting.size >= this.means.maxProcesses)
      throw new SessionError({ kind: 'already-running' });
    const leave = this.means.places.take();
    this.means.keep(this);
    const origin = { sessionId: this.id, group: this.client.group, startKey };
    const starting = this.means.processes.start({ ...request, origin }, this);
    this.#starting.add(starting);
    try {
      const execution = await starting;
      void execution.gone.then(leave);
      return this.#adopt(execution);
    } catch (error) {
      leave();
      throw error;
    } finally {
      this.#starting.delete(starting);
    }
  }

  /** An execution of this session that another service has begun. */
  takeOver(execution: Execution): KnownExecution {
    void execution.gone.then(this.means.places.occupy());
    return this.#adopt(execution).execution;
  }

  /**
   * The running execution that is meant: by its id, else the one started last. Waits for starts under way, so that a
   * control sent right after an execute reaches it. Null where it is none of this session's.
   */
  async find(id: string | null): Promise<KnownExecution | null> {
    await this.settled();
    return (id === null ? this.running.at(-1) : this.#executions.get(id)) ?? null;
  }

  /** Settles when no start is under way. */
  async settled(): Promise<void> {
    while (this.#starting.size > 0) await Promise.allSettled(this.#starting);
  }

  /** It is over: each execution ends, or goes on by itself where its client wished so. */
  end(reason: EndReason): void {
    this.#endReason = reason;
    this.#link = null;
    for (const execution of this.#executions.values()) this.#leave(execution, reason);
  }

  #adopt(execution: Execution): Started {
    const known = new KnownExecution(execution, this.id, this.client.group);
    this.#executions.set(known.id, known);
    known.onForgotten(() => {
      this.#executions.delete(known.id);
    });
    this.means.started(known);
    this.#runningCount++;
    void execution.ended.then((outcome) => {
      this.#runningCount--;
      this.#activeAt = performance.now();
      known.end(outcome);
      this.means.ended(known);
    });
    const source = this.#link === null ? null : known.log.own(0);
    if (this.#endReason !== null) this.#leave(known, this.#endReason);
    return { execution: known, source };
  }

  /** An execution without its session. */
  #leave(known: KnownExecution, reason: EndReason): void {
    const { onDisconnect } = known.account.request;
    if (reason !== 'disconnected' || onDisconnect === 'cancel') {
      known.abandon(reason);
      return;
    }
    if (onDisconnect === 'pause' && !known.hasEnded) void pause(known);
    known.detach(this.means.detachedTtlMs);
  }
}

async function pause(known: KnownExecution): Promise<void> {
  try {
    (await known.live?.pause())?.();
  } catch (error) {
    // What has ended meanwhile needs no pause.
    if (!(error instanceof ProcessError)) throw error;
  }
}
