import { Module } from '@nestjs/common';
import { AuditLog } from './audit-log.js';
import { LoopLag } from './loop-lag.js';

@Module({ providers: [AuditLog, LoopLag], exports: [AuditLog, LoopLag] })
export class TelemetryModule {}
