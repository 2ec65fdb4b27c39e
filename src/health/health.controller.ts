import { Controller, Get, Header, ServiceUnavailableException } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService, type HealthIndicatorFunction } from '@nestjs/terminus';
import { AppConfig } from '../config/app-config.js';
import { VERSION } from '../config/version.js';
import { SessionService } from '../session/session.service.js';
import { CapacityHealthIndicator } from './capacity.health.js';
import { DiskHealthIndicator } from './disk.health.js';
import { LoopLagHealthIndicator } from './loop-lag.health.js';
import { RedisHealthIndicator } from './redis.health.js';
import { ServiceHealthIndicator } from './service.health.js';

/** What watchers of the service ask over HTTP. A 503 has the same body as a 200, with another `status`. */
@Controller()
export class HealthController {
  readonly #readiness: HealthIndicatorFunction[];

  constructor(
    private readonly config: AppConfig,
    private readonly sessions: SessionService,
    private readonly checks: HealthCheckService,
    private readonly service: ServiceHealthIndicator,
    capacity: CapacityHealthIndicator,
    lag: LoopLagHealthIndicator,
    disk: DiskHealthIndicator,
    redis: RedisHealthIndicator,
  ) {
    this.#readiness = [service, capacity, lag, disk, redis].map((indicator) => () => indicator.check());
  }

  /** The service's state for people and dashboards; times in seconds. */
  @Get('health')
  health(): object {
    return {
      status: this.sessions.isDraining ? 'draining' : 'healthy',
      service: 'cc_executor_mcp',
      version: VERSION,
      active_sessions: this.sessions.active,
      max_sessions: this.config.session.maxSessions,
      uptime_seconds: Math.round(process.uptime() * 10) / 10,
    };
  }

  /** 200 while the event loop turns, whatever else is the matter. */
  @Get('health/live')
  @Header('Cache-Control', 'no-store')
  live(): object {
    return { status: 'ok' };
  }

  /** 200 while the service takes work, `degraded` where that is all it does; else 503 and the reasons. */
  @Get('health/ready')
  @Header('Cache-Control', 'no-store')
  ready(): Promise<HealthCheckResult> {
    return this.checks.check(this.#readiness);
  }

  /** 200 from when the service has started, for good. */
  @Get('health/startup')
  @Header('Cache-Control', 'no-store')
  startup(): object {
    if (!this.service.hasStarted) throw new ServiceUnavailableException({ status: 'error' });
    return { status: 'ok' };
  }

  /** 200 while the service takes work, 503 while it shuts down. */
  @Get('healthz')
  healthz(): object {
    if (this.sessions.isDraining) throw new ServiceUnavailableException({ status: 'error' });
    return { status: 'ok' };
  }
}
