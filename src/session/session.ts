import { randomBytes, randomUUID } from 'node:crypto';
import type { Execution } from '../process/execution.js';
import type { EndReason } from '../process/end-cause.js';
import type { ExecutionRequest } from '../process/execution-request.js';
import type { HookedProcesses } from '../hook/hooked-processes.js';
import { ProcessError } from '../process/process-error.js';
import { type EndedExecution, EndedExecutions } from './ended-executions.js';
import type { ProcessPlaces } from './process-places.js';
import { SessionError } from './session-error.js';

/** One client's place in the service: what runs for it, and what ran lately. */
export class Session {
  readonly id = randomUUID();
  /** Proves, on another connection, to be this session's client: 128 random bits. */
  readonly resumeToken = randomBytes(16).toString('base64url');
  readonly #running = new Map<string, Execution>();
  /** Ended on their own, with processes left running on the client's wish. */
  readonly #survived = new Map<string, Execution>();
  readonly #ended = new EndedExecutions();
  readonly #starting = new Set<Promise<Execution>>();
  #endReason: EndReason | null = null;
  /** Monotonic time of the end of its last execution, or of its own start. */
  #activeAt = performance.now();

  constructor(
    private readonly processes: HookedProcesses,
    private readonly maxProcesses: number,
    private readonly places: ProcessPlaces,
  ) {}

  /** How long nothing has run, in milliseconds. */
  idleMs(now: number): number {
    return this.#running.size + this.#starting.size > 0 ? 0 : now - this.#activeAt;
  }

  get running(): Execution[] {
    return [...this.#running.values()];
  }

  /** Ended executions with processes left running on the client's wish. */
  get survived(): Execution[] {
    return [...this.#survived.values()];
  }

  /**
   * Starts a command; its place is taken from this call on, until no process of it is left.
   * @throws SessionError already-running, or process-limit
   * @throws what HookedProcesses.start throws
   */
  async start(request: ExecutionRequest): Promise<Execution> {
    if (this.#running.size + this.#starting.size >= this.maxProcesses)
      throw new SessionError({ kind: 'already-running' });
    const leave = this.places.take();
    const starting = this.processes.start(request, this);
    this.#starting.add(starting);
    try {
      const execution = await starting;
      this.#adopt(execution);
      void execution.gone.then(leave);
      return execution;
    } catch (error) {
      leave();
      throw error;
    } finally {
      this.#starting.delete(starting);
    }
  }

  /**
   * The running execution that is meant: by its id, else the one started last. Waits for starts under way, so that a
   * control sent right after an execute reaches it.
   * @throws ProcessError not-running
   */
  async find(id: string | null): Promise<Execution> {
    await this.settled();
    const execution = id === null ? this.running.at(-1) : (this.#running.get(id) ?? this.#survived.get(id));
    if (execution !== undefined) return execution;
    const ended = id === null ? null : this.#ended.find(id);
    throw new ProcessError({ kind: 'not-running', pid: ended?.pid ?? null, executionId: id });
  }

  /** Settles when no start is under way. */
  async settled(): Promise<void> {
    while (this.#starting.size > 0) await Promise.allSettled(this.#starting);
  }

  /** Settles when no start is under way and the `usage` of every execution is what it is now. */
  async measured(): Promise<void> {
    await this.settled();
    if (this.#running.size > 0) await this.processes.measure();
  }

  /** A running execution, or the account of one that ended lately. @throws ProcessError not-running */
  async look(id: string): Promise<Execution | EndedExecution> {
    return this.#ended.find(id) ?? (await this.find(id));
  }

  /** The client is gone: so is all that runs for it. */
  end(reason: EndReason): void {
    this.#endReason = reason;
    for (const execution of this.#running.values()) execution.abandon(reason);
    for (const execution of this.#survived.values()) execution.terminate(reason);
  }

  /** Ends what runs and tells the client of it; settles when nothing is left. */
  async drain(reason: EndReason, error: string): Promise<void> {
    await this.settled();
    for (const execution of this.#running.values()) execution.terminate(reason, error);
    for (const execution of this.#survived.values()) execution.terminate(reason);
    await Promise.all(
      [...this.running, ...this.survived].map((execution) => Promise.all([execution.ended, execution.gone])),
    );
  }

  #adopt(execution: Execution): void {
    this.#running.set(execution.id, execution);
    void execution.ended.then((outcome) => {
      this.#running.delete(execution.id);
      this.#ended.add(execution, outcome);
      if (outcome.survivors.length > 0) this.#survived.set(execution.id, execution);
      void execution.gone.then(() => this.#survived.delete(execution.id));
      this.#activeAt = performance.now();
    });
    if (this.#endReason !== null) execution.abandon(this.#endReason);
  }
}
