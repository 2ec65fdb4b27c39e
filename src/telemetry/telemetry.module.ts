import { Module } from '@nestjs/common';
import { ProcessModule } from '../process/process.module.js';
import { SessionModule } from '../session/session.module.js';
import { AuditLog } from './audit-log.js';
import { ExecutionJournal } from './execution-journal.js';
import { LoopLag } from './loop-lag.js';
import { CallMetrics } from './metrics/call-metrics.js';
import { ExecutionMetrics } from './metrics/execution-metrics.js';
import { Metrics } from './metrics/metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { ServiceMetrics } from './metrics/service-metrics.js';

@Module({
  imports: [SessionModule, ProcessModule],
  controllers: [MetricsController],
  providers: [AuditLog, ExecutionJournal, LoopLag, Metrics, ServiceMetrics, ExecutionMetrics, CallMetrics],
  exports: [AuditLog, ExecutionJournal, LoopLag, CallMetrics],
})
export class TelemetryModule {}
