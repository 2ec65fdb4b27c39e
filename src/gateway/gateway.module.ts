import { Module } from '@nestjs/common';
import { ClusterModule } from '../cluster/cluster.module.js';
import { HookModule } from '../hook/hook.module.js';
import { PolicyModule } from '../policy/policy.module.js';
import { RateModule } from '../policy/rate/rate.module.js';
import { SessionModule } from '../session/session.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { TimeoutModule } from '../timeout/timeout.module.js';
import { Admission } from './admission.js';
import { CallAudit } from './call-audit.js';
import { CLUSTER_PROVIDERS } from './cluster/cluster-providers.js';
import { ExecutionCalls } from './execution-calls.js';
import { ExecutorGateway } from './executor.gateway.js';
import { Feeds } from './feeds.js';
import { OpenRpcService } from './openrpc/openrpc.service.js';
import { Reception } from './reception.js';
import { ResumeCall } from './resume-call.js';
import { SessionClock } from './session-clock.js';
import { StartTurns } from './start-turns.js';

@Module({
  imports: [HookModule, PolicyModule, RateModule, SessionModule, ClusterModule, TimeoutModule, TelemetryModule],
  providers: [
    ExecutorGateway,
    ExecutionCalls,
    ResumeCall,
    Reception,
    Feeds,
    SessionClock,
    StartTurns,
    Admission,
    CallAudit,
    OpenRpcService,
    ...CLUSTER_PROVIDERS,
  ],
  exports: [OpenRpcService],
})
export class GatewayModule {}
