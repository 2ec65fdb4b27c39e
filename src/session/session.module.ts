import { Module } from '@nestjs/common';
import { HookModule } from '../hook/hook.module.js';
import { ProcessModule } from '../process/process.module.js';
import { ExecutionsService } from './executions.service.js';
import { LeftSessions } from './left-sessions.js';
import { ResumeService } from './resume.service.js';
import { SessionDirectory } from './session-directory.js';
import { SessionKeeper } from './session-keeper.js';
import { SessionRegistry } from './session-registry.js';
import { SessionService } from './session.service.js';
import { StartLedger } from './start-ledger.js';

@Module({
  imports: [HookModule, ProcessModule],
  providers: [
    SessionService,
    SessionKeeper,
    SessionRegistry,
    SessionDirectory,
    StartLedger,
    ExecutionsService,
    ResumeService,
    LeftSessions,
  ],
  exports: [SessionService, SessionDirectory, ExecutionsService, ResumeService],
})
export class SessionModule {}
