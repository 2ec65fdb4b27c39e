import { Module } from '@nestjs/common';
import { PolicyModule } from '../policy/policy.module.js';
import { RateModule } from '../policy/rate/rate.module.js';
import { SessionModule } from '../session/session.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { TimeoutModule } from '../timeout/timeout.module.js';
import { Admission } from './admission.js';
import { CallAudit } from './call-audit.js';
import { ExecutorGateway } from './executor.gateway.js';
import { OpenRpcService } from './openrpc/openrpc.service.js';
import { Reception } from './reception.js';
import { SessionClock } from './session-clock.js';

@Module({
  imports: [PolicyModule, RateModule, SessionModule, TimeoutModule, TelemetryModule],
  providers: [ExecutorGateway, Reception, SessionClock, Admission, CallAudit, OpenRpcService],
  exports: [OpenRpcService],
})
export class GatewayModule {}
