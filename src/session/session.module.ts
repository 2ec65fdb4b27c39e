import { Module } from '@nestjs/common';
import { ProcessModule } from '../process/process.module.js';
import { SessionRegistry } from './session-registry.js';
import { SessionService } from './session.service.js';

@Module({ imports: [ProcessModule], providers: [SessionService, SessionRegistry], exports: [SessionService] })
export class SessionModule {}
