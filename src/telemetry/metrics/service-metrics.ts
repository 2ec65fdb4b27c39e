import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { LauncherService } from '../../process/launcher.service.js';
import { RedisService } from '../../redis/redis.service.js';
import { SessionService } from '../../session/session.service.js';
import { LoopLag } from '../loop-lag.js';
import { Metrics } from './metrics.js';

const REDIS_STATES = ['unconfigured', 'connecting', 'up', 'down'] as const;

/** The state of the service as a whole. */
@Injectable()
export class ServiceMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
    private readonly sessions: SessionService,
    private readonly launcher: LauncherService,
    private readonly redis: RedisService,
    private readonly lag: LoopLag,
  ) {}

  onModuleInit(): void {
    const { metrics, sessions, launcher, redis, lag } = this;
    if (!metrics.isOn) return;
    const { maxSessions, maxProcessesInAll } = this.config.session;
    metrics.reading('sessions', 'Sessions that are open', () => sessions.active);
    metrics.reading('sessions_max', 'MAX_SESSIONS', () => maxSessions);
    metrics.reading('processes', 'Commands that run, start or were left running', () => sessions.runningProcesses);
    metrics.reading('processes_max', 'MAX_PROCESSES; infinite where it is unset', () => maxProcessesInAll ?? Infinity);
    metrics.reading('draining', '1 while the service shuts down', () => Number(sessions.isDraining));
    metrics.reading('launcher_up', '1 while the launcher process answers', () => Number(launcher.state === 'up'));
    metrics.reading('event_loop_lag_seconds', 'Mean lateness of timers in the last second', () => lag.meanMs / 1000);
    metrics.gauge({
      name: 'redis_state',
      help: '1 for the state that Redis is in',
      labelNames: ['state'],
      collect() {
        for (const state of REDIS_STATES) this.set({ state }, Number(redis.state === state));
      },
    });
  }
}
