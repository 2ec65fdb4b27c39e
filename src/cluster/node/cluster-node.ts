import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { redisFault } from '../../redis/redis-fault.js';
import { RedisService } from '../../redis/redis.service.js';
import { RedisUnavailable } from '../../redis/redis-unavailable.js';
import { CLUSTER_KEYS } from '../cluster-keys.js';
import { ClusterError } from '../cluster-error.js';
import { BEAT_SCRIPT } from './beat-script.js';

const BEATS_PER_LEASE = 3;
const LOOKS_PER_LEASE = 10;
const NODE_ID = /^[0-9a-f-]{36}$/;

/**
 * This service among those that share its Redis. While it beats, the others leave its executions to it; after a lease of
 * silence they may declare it dead.
 */
@Injectable()
export class ClusterNode implements OnModuleInit, OnApplicationShutdown {
  /** Another one in each life. */
  readonly id = randomUUID();
  readonly #standstillListeners = new Set<() => void>();
  readonly #timers: NodeJS.Timeout[] = [];
  #forgetReturn: () => void = () => undefined;
  #lookedAt = performance.now();
  #offsetMs = 0;
  readonly #logger = new Logger('Cluster');
  /** Refusals that were told. */
  readonly #faults = new Set<string>();

  constructor(
    private readonly config: AppConfig,
    private readonly redis: RedisService,
  ) {}

  get isOn(): boolean {
    return this.config.cluster.isOn;
  }

  /** Milliseconds since the epoch by the server's clock, as far as it was heard: the same for all services. */
  get now(): number {
    return Date.now() + this.#offsetMs;
  }

  onModuleInit(): void {
    if (!this.isOn) return;
    const { leaseMs } = this.config.cluster;
    this.#forgetReturn = this.redis.onUp(() => void this.#beat());
    this.#timers.push(setInterval(() => void this.#beat(), leaseMs / BEATS_PER_LEASE).unref());
    this.#timers.push(setInterval(this.#look.bind(this), leaseMs / LOOKS_PER_LEASE).unref());
  }

  /**
   * Runs commands on the shared connection.
   * @throws ClusterError within 200 ms where Redis is away, or somebody has put something else under a key of the cluster's
   */
  async ask<T>(...args: Parameters<typeof this.redis.run<T>>): Promise<T> {
    try {
      return await this.redis.run(...args);
    } catch (error) {
      if (error instanceof RedisUnavailable) throw new ClusterError(error.reason);
      const { reason } = redisFault(error);
      if (!this.#faults.has(reason)) this.#logger.error(`Redis refuses what is asked of it for the cluster: ${reason}`);
      this.#faults.add(reason);
      throw new ClusterError(reason);
    }
  }

  /** Calls `listener` each time Redis comes up. @returns what stops that */
  onUp(listener: () => void): () => void {
    return this.redis.onUp(listener);
  }

  /** Calls `listener` where this service stood still for so long that the others may have declared it dead. */
  onStandstill(listener: () => void): void {
    this.#standstillListeners.add(listener);
  }

  /** The other services that live. @throws ClusterError */
  async others(): Promise<string[]> {
    const found = await this.ask((client) => client.zrangebyscore(CLUSTER_KEYS.nodes, this.now, '+inf'));
    return found.filter((id) => NODE_ID.test(id) && id !== this.id);
  }

  /** The others need not wait for the end of the lease. */
  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#forgetReturn();
    if (!this.isOn) return;
    const { node, nodes } = CLUSTER_KEYS;
    // Without the server the lease ends by itself.
    await this.redis
      .run((client) => client.multi().del(node(this.id)).zrem(nodes, this.id).exec(), 'write')
      .catch(() => null);
  }

  /** Redis tells its own state; the next beat comes in any case. */
  async #beat(): Promise<void> {
    const { node, nodes } = CLUSTER_KEYS;
    const { leaseMs } = this.config.cluster;
    const askedAt = Date.now();
    const now = await this.redis
      .run((client) => client.eval(BEAT_SCRIPT, 2, node(this.id), nodes, this.id, Math.ceil(leaseMs)), 'write')
      .catch(() => null);
    if (typeof now === 'number') this.#offsetMs = now - (askedAt + Date.now()) / 2;
  }

  /** Timers that are late tell of a process that was stopped, or did not get to run. */
  #look(): void {
    const now = performance.now();
    const isLate = now - this.#lookedAt > this.config.cluster.leaseMs / 2;
    this.#lookedAt = now;
    if (!isLate) return;
    void this.#beat();
    for (const listener of this.#standstillListeners) listener();
  }
}
