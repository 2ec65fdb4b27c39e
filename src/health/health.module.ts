import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ProcessModule } from '../process/process.module.js';
import { SessionModule } from '../session/session.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { CapacityHealthIndicator } from './capacity.health.js';
import { DiskHealthIndicator } from './disk.health.js';
import { HealthController } from './health.controller.js';
import { LoopLagHealthIndicator } from './loop-lag.health.js';
import { RedisHealthIndicator } from './redis.health.js';
import { ServiceHealthIndicator } from './service.health.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), SessionModule, ProcessModule, TelemetryModule],
  controllers: [HealthController],
  providers: [
    ServiceHealthIndicator,
    CapacityHealthIndicator,
    LoopLagHealthIndicator,
    DiskHealthIndicator,
    RedisHealthIndicator,
  ],
})
export class HealthModule {}
