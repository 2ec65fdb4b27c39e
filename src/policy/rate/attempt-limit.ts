import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { ClientIdentity } from '../client-identity.js';
import { BoundedKeys } from './bounded-keys.js';
import { RateError } from './rate-error.js';
import { rateKey } from './rate-key.js';

const WINDOW_SECONDS = 60;

/** So many attempts of one client that fail in a minute, whatever they are for. */
export class AttemptLimit {
  readonly #limiter: RateLimiterMemory;
  readonly #keys = new BoundedKeys(WINDOW_SECONDS * 1000);

  constructor(mostFailures: number) {
    this.#limiter = new RateLimiterMemory({ points: mostFailures, duration: WINDOW_SECONDS });
  }

  /** Counts an attempt as a failure, before it is looked at: those under way at the same time count. @throws RateError */
  async begin(client: ClientIdentity): Promise<void> {
    try {
      await this.#limiter.consume(this.#keys.bounded(rateKey(client)));
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw new RateError(Math.max(1, Math.ceil(refused.msBeforeNext)));
    }
  }

  /** Takes back the failure of an attempt that succeeded. */
  async succeeded(client: ClientIdentity): Promise<void> {
    await this.#limiter.reward(this.#keys.bounded(rateKey(client)));
  }
}
