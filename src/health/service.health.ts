import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { LauncherService } from '../process/launcher.service.js';
import { SessionService } from '../session/session.service.js';

/** Up while the service can start commands and takes them: not before it has started, nor while it shuts down. */
@Injectable()
export class ServiceHealthIndicator {
  constructor(
    private readonly sessions: SessionService,
    private readonly launcher: LauncherService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): HealthIndicatorResult {
    const indicator = this.indicators.check('service');
    if (this.sessions.isDraining) return indicator.down({ reason: 'shutting down' });
    return this.launcher.state === 'up' ? indicator.up() : indicator.down({ reason: this.launcher.state });
  }

  /** True from when commands can be started for the first time, for good. */
  get hasStarted(): boolean {
    return this.launcher.state !== 'starting';
  }
}
