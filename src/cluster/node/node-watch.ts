import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { CLUSTER_KEYS } from '../cluster-keys.js';
import { ClusterError } from '../cluster-error.js';
import { ClusterNode } from './cluster-node.js';

const LOOKS_PER_LEASE = 3;

interface Watched {
  readonly listeners: Set<() => void>;
  /** Monotonic time since which it is not heard; null = it is. */
  silentSince: number | null;
}

/** Tells of services that are not heard for a lease while the server is there. */
@Injectable()
export class NodeWatch implements OnModuleDestroy {
  readonly #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly config: AppConfig,
    private readonly node: ClusterNode,
  ) {}

  /** Calls `listener` at each look at which the service is silent for so long. @returns what stops that */
  onSilent(id: string, listener: () => void): () => void {
    const watched = this.#watched.get(id) ?? { listeners: new Set(), silentSince: null };
    this.#watched.set(id, watched);
    watched.listeners.add(listener);
    this.#timer ??= setInterval(() => void this.#look(), this.config.cluster.leaseMs / LOOKS_PER_LEASE).unref();
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0) this.#watched.delete(id);
    };
  }

  onModuleDestroy(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const ids = [...this.#watched.keys()];
    const lives = ids.length === 0 ? [] : await this.#lives(ids);
    const now = performance.now();
    ids.forEach((id, index) => {
      const watched = this.#watched.get(id);
      if (watched === undefined) return;
      watched.silentSince = lives?.[index] === false ? (watched.silentSince ?? now) : null;
      if (now - (watched.silentSince ?? now) < this.config.cluster.leaseMs) return;
      for (const listener of watched.listeners) listener();
    });
  }

  /** @returns null while Redis is away: nobody is known to be silent then */
  async #lives(ids: readonly string[]): Promise<boolean[] | null> {
    try {
      const keys = ids.map((id) => CLUSTER_KEYS.node(id));
      return (await this.node.ask((client) => client.mget(...keys))).map((value) => value !== null);
    } catch (error) {
      if (error instanceof ClusterError) return null;
      throw error;
    }
  }
}
