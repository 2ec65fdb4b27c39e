import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { ClusterError } from '../cluster-error.js';
import type { ExecutionEntry } from '../execution/execution-entry.js';
import { ExecutionRegister } from '../execution/execution-register.js';
import { ClusterNode } from '../node/cluster-node.js';
import { LogReader } from './log-reader.js';
import { RemoteLog } from './remote-log.js';

const LOOKS_PER_LEASE = 2;
/** What nobody knows of for so long does not come back: a server that lost its memory is told again sooner. */
const LEAST_UNKNOWN_MS = 5000;

/** How the events of executions are read and ended. */
export interface LogDialect<E> {
  /** An event of its JSON; null where it is none. */
  toEvent(value: unknown): E | null;
  /** The end of an execution whose service is dead: the event, and the account of it as JSON. */
  lost(entry: ExecutionEntry | null): { readonly event: E; readonly account: string };
}

interface Followed {
  readonly log: RemoteLog<unknown>;
  readonly dialect: LogDialect<unknown>;
  /** Monotonic time since which nobody knows of the execution; null = it is known. */
  unknownSince: number | null;
}

/** The logs of other services' executions that are followed here, each to its end: also where its service dies. */
@Injectable()
export class RemoteLogs implements OnModuleDestroy {
  readonly #followed = new Set<Followed>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly config: AppConfig,
    private readonly node: ClusterNode,
    private readonly reader: LogReader,
    private readonly register: ExecutionRegister,
  ) {}

  /** Follows an execution behind an event, until the log is closed. */
  follow<E>(id: string, afterSeq: number, dialect: LogDialect<E>): RemoteLog<E> {
    const log = new RemoteLog<E>(id, afterSeq, (value) => dialect.toEvent(value));
    const stop = this.reader.follow(log);
    const followed: Followed = { log, dialect, unknownSince: null };
    this.#followed.add(followed);
    log.onClose = () => {
      stop();
      this.#followed.delete(followed);
    };
    this.#timer ??= setInterval(() => void this.#look(), this.config.cluster.leaseMs / LOOKS_PER_LEASE).unref();
    return log;
  }

  /**
   * The execution as the cluster knows it; where its service is dead, it is declared lost before.
   * @returns null where nothing is known of it
   * @throws ClusterError
   */
  async find(id: string, dialect: LogDialect<unknown>): Promise<ExecutionEntry | null> {
    const entry = await this.register.find(id);
    if (entry?.state !== 'running' || entry.isNodeAlive) return entry;
    const { event, account } = dialect.lost(entry);
    await this.register.declareLost(entry, event, account);
    return this.register.find(id);
  }

  onModuleDestroy(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    await Promise.all([...this.#followed].map((followed) => this.#lookAt(followed)));
  }

  async #lookAt(followed: Followed): Promise<void> {
    const { log, dialect } = followed;
    try {
      const entry = await this.find(log.executionId, dialect);
      const now = performance.now();
      followed.unknownSince = entry === null ? (followed.unknownSince ?? now) : null;
      const unknownMs = now - (followed.unknownSince ?? now);
      if (unknownMs <= Math.max(LEAST_UNKNOWN_MS, this.config.cluster.leaseMs)) return;
      this.#followed.delete(followed);
      log.lose(dialect.lost(null).event);
    } catch (error) {
      // While Redis is away nobody is declared dead.
      if (!(error instanceof ClusterError)) throw error;
      followed.unknownSince = null;
    }
  }
}
