import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { AppConfig } from '../config/app-config.js';
import { LoopLag } from '../telemetry/loop-lag.js';

/** Up while the event loop keeps up with its work. */
@Injectable()
export class LoopLagHealthIndicator {
  constructor(
    private readonly config: AppConfig,
    private readonly lag: LoopLag,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): HealthIndicatorResult {
    const indicator = this.indicators.check('event_loop');
    const lag = { lag_seconds: Math.round(this.lag.meanMs) / 1000 };
    if (this.lag.meanMs <= this.config.health.maxLoopLagMs) return indicator.up(lag);
    return indicator.down({ reason: 'the event loop is later than MAX_LOOP_LAG', ...lag });
  }
}
