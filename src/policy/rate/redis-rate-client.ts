import { Logger } from '@nestjs/common';
import type { RedisService } from '../../redis/redis.service.js';
import { RedisUnavailable } from '../../redis/redis-unavailable.js';

/** A command made of a script, called with its keys and arguments. */
type ScriptCall = (args: readonly string[]) => Promise<unknown>;

/**
 * As much of ioredis as `RateLimiterRedis` counts with, on the service's shared connection: nothing waits longer than
 * 200 ms, and while Redis is away every call is rejected at once.
 */
export class RedisRateClient {
  readonly #logger = new Logger('Rates');
  #isFaultTold = false;
  [command: string]: unknown;

  constructor(private readonly redis: RedisService) {}

  defineCommand(name: string, { lua, numberOfKeys }: { readonly lua: string; readonly numberOfKeys: number }): void {
    const call: ScriptCall = (args) => this.#eval(lua, numberOfKeys, args);
    this[name] = call;
  }

  async #eval(lua: string, numberOfKeys: number, args: readonly string[]): Promise<unknown> {
    try {
      const reply = await this.redis.run((client) => client.eval(lua, numberOfKeys, ...args), 'write');
      this.#isFaultTold = false;
      return reply;
    } catch (error) {
      // Redis tells its own state; what else is wrong is somebody's key under this one's name.
      if (!(error instanceof RedisUnavailable) && !this.#isFaultTold) {
        this.#isFaultTold = true;
        this.#logger.warn(`Rates are counted by this service alone: ${String(error)}`);
      }
      throw error;
    }
  }
}
