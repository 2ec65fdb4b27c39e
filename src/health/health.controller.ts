import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService } from '@nestjs/terminus';
import { AppConfig } from '../config/app-config.js';
import { VERSION } from '../config/version.js';
import { SessionService } from '../session/session.service.js';
import { ServiceHealthIndicator } from './service.health.js';

/** What watchers of the service ask over HTTP. */
@Controller()
export class HealthController {
  constructor(
    private readonly config: AppConfig,
    private readonly sessions: SessionService,
    private readonly checks: HealthCheckService,
    private readonly service: ServiceHealthIndicator,
  ) {}

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

  /** 200 while the service takes work, 503 while it shuts down. */
  @Get('healthz')
  async healthz(): Promise<object> {
    try {
      const { status } = await this.checks.check([() => this.service.check()]);
      return { status };
    } catch (error) {
      if (error instanceof ServiceUnavailableException) throw new ServiceUnavailableException({ status: 'error' });
      throw error;
    }
  }
}
