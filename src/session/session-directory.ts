import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { EndedExecutions } from './ended-executions.js';
import type { KnownExecution } from './known-execution.js';
import type { Session } from './session.js';

const FORGET_EACH_MS = 5000;

/** Ended sessions of which it is still known that they were. */
const MOST_PAST = 1000;

/** Told of what comes and goes; its methods do not throw. */
export interface DirectoryListener {
  executionAdded(execution: KnownExecution): void;
  executionForgotten(execution: KnownExecution): void;
  sessionRemoved(session: Session): void;
}

type PastSession = Pick<Session, 'client' | 'token'>;

/** All sessions and executions of this service by their ids: those that run, and those that ended lately. */
@Injectable()
export class SessionDirectory implements OnModuleDestroy {
  readonly #sessions = new Map<string, Session>();
  /** The last ones that ended, in the order of their ends. */
  readonly #past = new Map<string, PastSession>();
  readonly #executions = new Map<string, KnownExecution>();
  readonly #ended: EndedExecutions;
  readonly #timer: NodeJS.Timeout;
  #listener: DirectoryListener | null = null;

  constructor(config: AppConfig) {
    const { completedTtlMs } = config.session;
    this.#ended = new EndedExecutions(completedTtlMs, (execution) => {
      this.#executions.delete(execution.id);
      execution.forget();
      this.#listener?.executionForgotten(execution);
    });
    this.#timer = setInterval(() => {
      this.#ended.forget();
    }, FORGET_EACH_MS).unref();
  }

  /** Tells one listener of what comes and goes. */
  listen(listener: DirectoryListener): void {
    this.#listener = listener;
  }

  get sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Those that run, and those that ended lately. */
  get executions(): Iterable<KnownExecution> {
    return this.#executions.values();
  }

  /** Executions of which something runs. */
  get live(): KnownExecution[] {
    return [...this.#executions.values()].filter(({ live }) => live !== null);
  }

  session(id: string): Session | null {
    return this.#sessions.get(id) ?? null;
  }

  addSession(session: Session): void {
    this.#sessions.set(session.id, session);
  }

  /** @returns whether it was there */
  removeSession(session: Session): boolean {
    if (!this.#sessions.delete(session.id)) return false;
    const { id, client, token } = session;
    this.#past.set(id, { client, token });
    this.#listener?.sessionRemoved(session);
    for (const oldest of this.#past.keys()) {
      if (this.#past.size <= MOST_PAST) break;
      this.#past.delete(oldest);
    }
    return true;
  }

  /** A session that has ended lately. */
  pastSession(id: string): PastSession | null {
    return this.#past.get(id) ?? null;
  }

  /** @param group of the client that asks; what other groups run is not there */
  execution(id: string, group: string | null): KnownExecution | null {
    this.#ended.forget();
    const execution = this.#executions.get(id);
    return execution?.group === group ? execution : null;
  }

  /** From its start until some time after its end. */
  addExecution(execution: KnownExecution): void {
    this.#executions.set(execution.id, execution);
    this.#listener?.executionAdded(execution);
  }

  /** It has ended: it is forgotten some time from now. */
  executionEnded(execution: KnownExecution): void {
    const { account } = execution;
    if ('outcome' in account) this.#ended.add(execution, account);
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }
}
