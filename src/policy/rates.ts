import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { RedisService } from '../redis/redis.service.js';
import type { ClientIdentity } from './client-identity.js';
import { RateError } from './rate/rate-error.js';
import type { RateLimit } from './rate/rate-limit.js';

type Counted = 'connections' | 'requests' | 'executions';

/** How often a client may connect, ask and execute. */
@Injectable()
export class Rates {
  /** Null where nothing is limited; the library is loaded, beside the start, where something is. */
  readonly #limits: Promise<ReadonlyMap<Counted, RateLimit>> | null;

  constructor(
    private readonly config: AppConfig,
    private readonly redis: RedisService,
  ) {
    const { connections, requests, executions } = config.rate;
    this.#limits = (connections ?? requests ?? executions) === null ? null : this.#load();
  }

  /**
   * Counts one. Takes no time where there is no limit, and at most 200 ms where Redis counts.
   * @returns the refusal, or null; the promise never rejects
   */
  take(counted: Counted, client: ClientIdentity): null | Promise<RateError | null> {
    return this.config.rate[counted] === null ? null : this.#count(counted, client);
  }

  async #count(counted: Counted, client: ClientIdentity): Promise<RateError | null> {
    const waitMs = await (await this.#limits)?.get(counted)?.take(client);
    return waitMs == null ? null : new RateError(waitMs);
  }

  async #load(): Promise<ReadonlyMap<Counted, RateLimit>> {
    const { RateLimit } = await import('./rate/rate-limit.js');
    const { connections, requests, executions, scope } = this.config.rate;
    const redis = scope === 'cluster' ? this.redis : null;
    const limits = new Map<Counted, RateLimit>();
    for (const [counted, rate] of Object.entries({ connections, requests, executions })) {
      if (rate !== null) limits.set(counted as Counted, new RateLimit(counted, rate, redis));
    }
    return limits;
  }
}
