import { type BeforeApplicationShutdown, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { HookService } from '../hook/hook.service.js';
import { HookedProcesses } from '../hook/hooked-processes.js';
import { LauncherService } from '../process/launcher.service.js';
import { ProcessPlaces } from './process-places.js';
import { Session } from './session.js';
import { SessionRegistry } from './session-registry.js';
import { SessionError } from './session-error.js';

const DRAIN_RETRY_MS = 5000;
/** Time beyond the cleanup timeout in which clients can take the last of their output. */
const LAST_CALL_MS = 2000;

/** All sessions of this service. */
@Injectable()
export class SessionService implements OnModuleDestroy, BeforeApplicationShutdown {
  readonly #sessions = new Set<Session>();
  readonly #places: ProcessPlaces;
  #draining = false;

  constructor(
    private readonly config: AppConfig,
    private readonly processes: HookedProcesses,
    private readonly launcher: LauncherService,
    private readonly registry: SessionRegistry,
    private readonly hooks: HookService,
  ) {
    this.#places = new ProcessPlaces(config.session.maxProcessesInAll);
  }

  get active(): number {
    return this.#sessions.size;
  }

  /** True while the service shuts down: nothing new begins. */
  get isDraining(): boolean {
    return this.#draining;
  }

  /**
   * A new session: at once, but where all services have one limit together.
   * @throws SessionError session-limit
   */
  open(): Session | Promise<Session> {
    const { maxSessions, maxProcesses } = this.config.session;
    if (this.active >= maxSessions)
      throw new SessionError({ kind: 'session-limit', currentSessions: this.active, maxSessions });
    const session = new Session(this.processes, maxProcesses, this.#places);
    this.#sessions.add(session);
    if (this.registry.isShared) return this.#admitted(session);
    void this.registry.admit(session.id);
    return session;
  }

  /** Ends a session whose client has left; one whose client just vanished after a grace period. */
  close(session: Session, vanished: boolean): void {
    const { resumeGraceMs } = this.config.session;
    if (vanished && resumeGraceMs > 0) {
      setTimeout(() => {
        this.close(session, false);
      }, resumeGraceMs).unref();
      return;
    }
    this.#sessions.delete(session);
    this.registry.remove(session.id);
    session.end('disconnected');
  }

  /** @throws SessionError shutting-down */
  requireOpenForWork(): void {
    if (this.#draining) throw new SessionError({ kind: 'shutting-down', retryAfterMs: DRAIN_RETRY_MS });
  }

  /** From here on nothing new begins. */
  onModuleDestroy(): void {
    this.#draining = true;
  }

  /** Ends every execution, each told to its client, and then the launcher. */
  async beforeApplicationShutdown(): Promise<void> {
    // A client that takes nothing cannot hold up the end.
    const lastCall = setTimeout(() => {
      for (const session of this.#sessions) session.end('shutdown');
    }, this.config.process.cleanupTimeoutMs + LAST_CALL_MS);
    await Promise.all([...this.#sessions].map((session) => session.drain('shutdown', 'Service is shutting down')));
    clearTimeout(lastCall);
    await this.hooks.settled();
    await this.launcher.end();
  }

  async #admitted(session: Session): Promise<Session> {
    const { isAdmitted, currentSessions } = await this.registry.admit(session.id);
    if (isAdmitted) return session;
    this.#sessions.delete(session);
    throw new SessionError({ kind: 'session-limit', currentSessions, maxSessions: this.config.session.maxSessions });
  }
}
