import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { AppConfig } from '../config/app-config.js';
import { SessionService } from '../session/session.service.js';

/** Up while one more session, and one more command, would be taken. */
@Injectable()
export class CapacityHealthIndicator {
  constructor(
    private readonly config: AppConfig,
    private readonly sessions: SessionService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): HealthIndicatorResult {
    const { maxSessions, maxProcessesInAll } = this.config.session;
    const { active, runningProcesses } = this.sessions;
    const counts = {
      sessions: active,
      max_sessions: maxSessions,
      processes: runningProcesses,
      max_processes: maxProcessesInAll,
    };
    const indicator = this.indicators.check('capacity');
    if (active >= maxSessions) return indicator.down({ reason: 'MAX_SESSIONS sessions are open', ...counts });
    if (runningProcesses >= (maxProcessesInAll ?? Infinity))
      return indicator.down({ reason: 'MAX_PROCESSES commands run', ...counts });
    return indicator.up(counts);
  }
}
