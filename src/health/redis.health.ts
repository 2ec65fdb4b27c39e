import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { RedisService } from '../redis/redis.service.js';

/** Degraded while Redis is away: commands run all the same. Asks nobody; the connection is watched anyway. */
@Injectable()
export class RedisHealthIndicator {
  constructor(
    private readonly redis: RedisService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): HealthIndicatorResult {
    const { state, isConfigured, reason } = this.redis;
    const indicator = this.indicators.check('redis');
    if (!isConfigured || (state === 'up' && reason === null)) return indicator.up({ state });
    return indicator.degraded({ state, reason });
  }
}
