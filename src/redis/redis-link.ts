import type { Redis } from 'ioredis';
import type { RedisAddress } from './redis-address.js';
import { redisClient } from './redis-client.js';
import { redisFault } from './redis-fault.js';
import { RedisUnavailable } from './redis-unavailable.js';

/**
 * A further connection to the server, for what would keep the shared one waiting: blocking reads, large writes,
 * subscriptions. It is made again for ever, until `close`.
 */
export class RedisLink {
  readonly #listeners = new Set<() => void>();
  /** What was wrong in setting up the connection: it may be ready, in another database than was asked for. */
  #setupFault: string | null = null;

  private constructor(private readonly client: Redis) {
    client.on('connect', () => {
      this.#setupFault = null;
    });
    client.on('error', (error: Error) => {
      this.#setupFault = redisFault(error).reason;
    });
    client.on('ready', () => {
      if (this.#setupFault === null) for (const listener of this.#listeners) queueMicrotask(listener);
      else client.disconnect(true);
    });
  }

  /** @param answerMs after which a command without an answer is rejected: what a blocking read may take, and more */
  static async open(address: RedisAddress, answerMs: number): Promise<RedisLink> {
    const client = await redisClient(address, answerMs);
    const link = new RedisLink(client);
    // How it went is told by the client's events.
    client.connect().catch(() => undefined);
    return link;
  }

  get isUp(): boolean {
    return this.client.status === 'ready' && this.#setupFault === null;
  }

  /**
   * @throws RedisUnavailable where the server cannot be asked, does not answer in time, or refuses for a reason of its
   * own; an error about the request itself as it is
   */
  async run<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    if (!this.isUp) {
      // Ready after an error: nothing is sure of it.
      if (this.client.status === 'ready') this.renew();
      throw new RedisUnavailable(this.#setupFault ?? 'it is not connected');
    }
    try {
      return await work(this.client);
    } catch (error) {
      const { concerns, reason, isLoginLost } = redisFault(error);
      if (concerns === 'request') throw error;
      if (isLoginLost) this.client.disconnect(true);
      throw new RedisUnavailable(reason);
    }
  }

  /** Calls `listener`, which must not throw, each time the connection is there. @returns what stops that */
  onUp(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.isUp) queueMicrotask(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Messages that are published on the channel, from now on and after each reconnect. What comes in between is lost. */
  subscribe(channel: string, onMessage: (message: Buffer) => void): void {
    this.client.on('messageBuffer', (_channel: Buffer, message: Buffer) => {
      onMessage(message);
    });
    this.onUp(() => {
      // A connection that is lost at this moment comes up again.
      this.client.subscribe(channel).catch(() => undefined);
    });
  }

  /** Drops the connection and makes it anew: it does not answer. */
  renew(): void {
    this.client.disconnect(true);
  }

  /** Ends it for good; what is under way is rejected. */
  close(): void {
    this.#listeners.clear();
    this.client.disconnect();
  }
}
