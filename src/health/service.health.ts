import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { SessionService } from '../session/session.service.js';

/** Up while the service takes work. */
@Injectable()
export class ServiceHealthIndicator {
  constructor(
    private readonly sessions: SessionService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): HealthIndicatorResult {
    const indicator = this.indicators.check('service');
    return this.sessions.isDraining ? indicator.down({ reason: 'shutting down' }) : indicator.up();
  }
}
