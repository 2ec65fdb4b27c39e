import { type BeforeApplicationShutdown, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { HookService } from '../hook/hook.service.js';
import { HookedProcesses } from '../hook/hooked-processes.js';
import { LauncherService } from '../process/launcher.service.js';
import { Deadline } from '../timeout/deadline.js';
import type { KnownExecution } from './known-execution.js';
import { ProcessPlaces } from './process-places.js';
import { Session, type SessionMeans } from './session.js';
import type { SessionClient } from './session-client.js';
import { SessionDirectory } from './session-directory.js';
import { SessionError } from './session-error.js';
import type { ResumeToken } from './resume-token.js';
import type { SessionLink } from './session-link.js';
import { SessionKeeper } from './session-keeper.js';
import { SessionRegistry } from './session-registry.js';

const DRAIN_RETRY_MS = 5000;
/** Time beyond the cleanup timeout in which clients can take the last of their output. */
const LAST_CALL_MS = 2000;
/** Longest that a timer can be set to. */
const MAX_DELAY_MS = 2_147_483_647;

/** The sessions of this service, from their begin to their end. */
@Injectable()
export class SessionService implements OnModuleDestroy, BeforeApplicationShutdown {
  readonly #means: SessionMeans;
  /** Until when the clients that vanished may come back. */
  readonly #graces = new Map<Session, Deadline>();
  /** Sessions beyond the limit, which may only resume another. */
  #provisionalCount = 0;
  #draining = false;

  constructor(
    private readonly config: AppConfig,
    processes: HookedProcesses,
    private readonly launcher: LauncherService,
    private readonly registry: SessionRegistry,
    private readonly directory: SessionDirectory,
    private readonly hooks: HookService,
    private readonly keeper: SessionKeeper,
  ) {
    const { maxProcesses, maxProcessesInAll, detachedTtlMs } = config.session;
    this.#means = {
      processes,
      places: new ProcessPlaces(maxProcessesInAll),
      maxProcesses,
      detachedTtlMs,
      keep: (session) => {
        keeper.save(session);
      },
      started: (execution) => {
        directory.addExecution(execution);
      },
      ended: (execution) => {
        directory.executionEnded(execution);
      },
    };
  }

  /** Sessions that have a place, those whose client has vanished included. */
  get active(): number {
    return this.directory.sessionCount - this.#provisionalCount;
  }

  /** Commands that run or start, and those that outlived their execution on the client's wish. */
  get runningProcesses(): number {
    return this.#means.places.taken;
  }

  /** True while the service shuts down: nothing new begins. */
  get isDraining(): boolean {
    return this.#draining;
  }

  /**
   * A new session: at once, but where all services have one limit together. Where there is no place, the session of a
   * client whose other session waits for it may resume that, and nothing else.
   * @throws SessionError session-limit
   */
  open(client: SessionClient, link: SessionLink): Session | Promise<Session> {
    const session = new Session(client, this.#means);
    session.connect(link);
    if (!this.#hasPlace()) this.#squeezeIn(session, this.active);
    this.directory.addSession(session);
    if (session.isProvisional) return session;
    if (this.registry.isShared) return this.#admitted(session);
    void this.registry.admit(session.id);
    return session;
  }

  /** A session for the calls of one who has it elsewhere, or none: nothing is kept of it. */
  guest(client: SessionClient, id?: string): Session {
    return new Session(client, this.#means, id);
  }

  /** A session that another service has lost, and whose client may come back for it. */
  adopt(client: SessionClient, id: string, token: ResumeToken): Session {
    const session = new Session(client, this.#means, id, token);
    this.directory.addSession(session);
    void this.registry.admit(id);
    this.#wait(session);
    return session;
  }

  /** The connection of a session has ended; where its client just vanished it has some time to come back. */
  leave(session: Session, link: SessionLink, vanished: boolean): void {
    if (!session.disconnect(link)) return;
    // What runs is left to the next service, with who may come for it.
    if (this.#draining && this.#isDetached) return;
    const { resumeGraceMs } = this.config.session;
    if (!vanished || resumeGraceMs === 0 || session.isProvisional) this.end(session);
    else this.#wait(session);
  }

  /** The session's client is back. */
  returned(session: Session): void {
    this.#graces.get(session)?.clear();
    this.#graces.delete(session);
  }

  /** Ends a session: its client will not come back. */
  end(session: Session): void {
    this.returned(session);
    if (!this.directory.removeSession(session)) return;
    this.#setProvisional(session, false);
    this.registry.remove(session.id);
    this.keeper.remove(session);
    session.end('disconnected');
  }

  /**
   * Requires that something new may begin in this session.
   * @throws SessionError shutting-down, or session-limit
   */
  async requireOpenForWork(session: Session): Promise<void> {
    if (this.#draining) throw new SessionError({ kind: 'shutting-down', retryAfterMs: DRAIN_RETRY_MS });
    if (!session.isProvisional) return;
    if (!this.#hasPlace()) throw this.#limit(this.active);
    this.#setProvisional(session, false);
    const { isAdmitted, currentSessions } = await this.registry.admit(session.id);
    if (isAdmitted) {
      if (session.hasEnded) this.registry.remove(session.id);
      return;
    }
    this.#setProvisional(session, !session.hasEnded);
    throw this.#limit(currentSessions);
  }

  /** From here on nothing new begins. */
  refuseWork(): void {
    this.#draining = true;
  }

  onModuleDestroy(): void {
    this.refuseWork();
  }

  /**
   * Gives what runs its time to end by itself, then ends every execution, each told to its client, and at last the
   * launcher. A detached one is left with what it runs.
   */
  async beforeApplicationShutdown(): Promise<void> {
    if (this.#isDetached) {
      await this.#settled();
      await this.launcher.end();
      return;
    }
    await within(this.config.process.shutdownGraceMs, this.#finished());
    // A client that takes nothing cannot hold up the end.
    const lastCall = setTimeout(() => {
      for (const session of this.directory.sessions) session.end('shutdown');
      for (const execution of this.directory.live) execution.abandon('shutdown');
    }, this.config.process.cleanupTimeoutMs + LAST_CALL_MS);
    await this.#settled();
    await Promise.all(this.directory.live.map((execution) => this.#drain(execution)));
    clearTimeout(lastCall);
    await this.hooks.settled();
    // What ended is in the logs; clients that read take it from there.
    await within(LAST_CALL_MS, Promise.all([...this.directory.executions].map(({ log }) => log.caughtUp())));
    for (const session of this.#graces.keys()) this.returned(session);
    await this.launcher.end();
  }

  get #isDetached(): boolean {
    return this.config.process.launcher === 'detached';
  }

  /** Settles when no start is under way. */
  async #settled(): Promise<void> {
    await Promise.all([...this.directory.sessions].map((session) => session.settled()));
  }

  /** Settles when nothing runs, survivors left out. Never rejects. */
  async #finished(): Promise<void> {
    await this.#settled();
    await Promise.all(this.directory.live.flatMap(({ live }) => (live === null ? [] : [live.ended])));
  }

  /** Ends an execution and tells its client; one whose client is away has nobody to take its last output. */
  #drain(execution: KnownExecution): Promise<unknown> {
    const isHeard = (this.directory.session(execution.sessionId)?.link ?? null) !== null;
    if (isHeard) execution.live?.terminate('shutdown', 'Service is shutting down');
    else execution.abandon('shutdown');
    return execution.over;
  }

  #wait(session: Session): void {
    const end = (): void => {
      this.end(session);
    };
    this.#graces.set(session, new Deadline(this.config.session.resumeGraceMs, end));
  }

  #hasPlace(): boolean {
    return this.active < this.config.session.maxSessions;
  }

  /** A place for a session that is one too many: that of one which nothing is left of, or none. @throws SessionError session-limit */
  #squeezeIn(session: Session, currentSessions: number): void {
    const abandoned = [...this.#graces.keys()].find(({ isEmpty }) => isEmpty);
    if (abandoned !== undefined) {
      this.end(abandoned);
      return;
    }
    const { tokenName } = session.client;
    const waiting = [...this.#graces.keys()].filter(({ client }) => client.tokenName === tokenName);
    if (this.#provisionalCount >= waiting.length) throw this.#limit(currentSessions);
    this.#setProvisional(session, true);
  }

  #setProvisional(session: Session, isProvisional: boolean): void {
    if (session.isProvisional === isProvisional) return;
    session.isProvisional = isProvisional;
    this.#provisionalCount += isProvisional ? 1 : -1;
  }

  #limit(currentSessions: number): SessionError {
    const { maxSessions } = this.config.session;
    return new SessionError({ kind: 'session-limit', currentSessions, maxSessions });
  }

  async #admitted(session: Session): Promise<Session> {
    const { isAdmitted, currentSessions } = await this.registry.admit(session.id);
    if (isAdmitted) return session;
    try {
      this.#squeezeIn(session, currentSessions);
      if (session.isProvisional) return session;
      const again = await this.registry.admit(session.id);
      if (!again.isAdmitted) throw this.#limit(again.currentSessions);
      return session;
    } catch (error) {
      this.end(session);
      throw error;
    }
  }
}

/** Settles when something has that never rejects, or after a while. */
async function within(patienceMs: number, something: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(patienceMs, MAX_DELAY_MS));
  });
  await Promise.race([something, tooLong]);
  clearTimeout(timer);
}
