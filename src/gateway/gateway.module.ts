import { Module } from '@nestjs/common';
import { PolicyModule } from '../policy/policy.module.js';
import { SessionModule } from '../session/session.module.js';
import { TimeoutModule } from '../timeout/timeout.module.js';
import { ExecutorGateway } from './executor.gateway.js';
import { Reception } from './reception.js';
import { SessionClock } from './session-clock.js';

@Module({
  imports: [PolicyModule, SessionModule, TimeoutModule],
  providers: [ExecutorGateway, Reception, SessionClock],
})
export class GatewayModule {}
