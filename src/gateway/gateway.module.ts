import { Module } from '@nestjs/common';
import { SessionModule } from '../session/session.module.js';
import { ExecutorGateway } from './executor.gateway.js';
import { SessionClock } from './session-clock.js';

@Module({ imports: [SessionModule], providers: [ExecutorGateway, SessionClock] })
export class GatewayModule {}
