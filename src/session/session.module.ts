import { Module } from '@nestjs/common';
import { HookModule } from '../hook/hook.module.js';
import { ProcessModule } from '../process/process.module.js';
import { SessionRegistry } from './session-registry.js';
import { SessionService } from './session.service.js';

@Module({
  imports: [HookModule, ProcessModule],
  providers: [SessionService, SessionRegistry],
  exports: [SessionService],
})
export class SessionModule {}
