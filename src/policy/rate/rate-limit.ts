import { Logger } from '@nestjs/common';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisService } from '../../redis/redis.service.js';
import type { ClientIdentity } from '../client-identity.js';
import { BoundedKeys } from './bounded-keys.js';
import { rateKey } from './rate-key.js';
import { RedisRateClient } from './redis-rate-client.js';

/**
 * So many doings of one client in a window of so many seconds, which begins with the first of them. Counted in memory, or
 * with a Redis by all services together; while that is away, by each service for itself.
 */
export class RateLimit {
  readonly #logger = new Logger(RateLimit.name);
  readonly #limiter: RateLimiterAbstract;
  readonly #keys: BoundedKeys;
  readonly #windowMs: number;

  /** @param name of what is counted: it makes the names of the keys in Redis, `cc_executor:rate:NAME:…` */
  constructor(
    name: string,
    { count, seconds }: { readonly count: number; readonly seconds: number },
    redis: RedisService | null,
  ) {
    const options = { keyPrefix: `cc_executor:rate:${name}`, points: count, duration: seconds };
    const memory = new RateLimiterMemory(options);
    this.#limiter =
      redis === null
        ? memory
        : new RateLimiterRedis({
            ...options,
            storeClient: new RedisRateClient(redis),
            insuranceLimiter: memory,
            // A flood of one client is refused without another question.
            inMemoryBlockOnConsumed: count + 1,
          });
    this.#windowMs = seconds * 1000;
    this.#keys = new BoundedKeys(this.#windowMs);
  }

  /** Counts one; never rejects. @returns null where it is within the limit, else the milliseconds (≥ 1) until the next window */
  async take(client: ClientIdentity): Promise<number | null> {
    try {
      await this.#limiter.consume(this.#keys.bounded(rateKey(client)));
      return null;
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes)
        return Math.min(Math.max(Math.ceil(refusal.msBeforeNext), 1), this.#windowMs);
      this.#logger.error('A rate cannot be counted', refusal instanceof Error ? refusal.stack : String(refusal));
      return this.#windowMs;
    }
  }
}
