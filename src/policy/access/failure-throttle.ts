import { createHash, randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { IpAddress } from './ip-address.js';

const WINDOW_SECONDS = 60;
const SALT_BYTES = 16;

/**
 * Counts the attempts of an address (of an IPv6 client: of its /64) that bring no right token. An address that has used
 * up those of a minute is refused whatever it presents until the minute has passed: were its right tokens taken all the
 * same, the refusals would not slow down guessing.
 *
 * Addresses share 65536 counters by a secret hash, so that memory stays bounded and nobody chooses whom to share with.
 */
export class FailureThrottle {
  readonly #logger = new Logger('Access');
  readonly #limiter: RateLimiterMemory;
  readonly #salt = randomBytes(SALT_BYTES);

  constructor(private readonly maxFailures: number) {
    this.#limiter = new RateLimiterMemory({ points: maxFailures, duration: WINDOW_SECONDS });
  }

  /**
   * Counts an attempt as a failure, before it is looked at: those under way at the same time count.
   * @returns null = it may be looked at, else the seconds until the next one may
   */
  async attempt(address: IpAddress): Promise<number | null> {
    try {
      await this.#limiter.consume(this.#counterOf(address));
      return null;
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const seconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      if (refused.consumedPoints === this.maxFailures + 1)
        this.#logger.warn(
          `${this.maxFailures} attempts of ${address.text} without a right token: refused for ${seconds} s`,
        );
      return seconds;
    }
  }

  /** Takes back the failure of an attempt that brought a right token. */
  async succeeded(address: IpAddress): Promise<void> {
    await this.#limiter.reward(this.#counterOf(address));
  }

  #counterOf(address: IpAddress): number {
    return createHash('sha256').update(this.#salt).update(address.network).digest().readUInt16BE(0);
  }
}
