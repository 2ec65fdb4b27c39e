import { Module } from '@nestjs/common';
import { DetectorModule } from '../detector/detector.module.js';
import { PolicyModule } from '../policy/policy.module.js';
import { StreamModule } from '../stream/stream.module.js';
import { TimeoutModule } from '../timeout/timeout.module.js';
import { TakeOver } from './detached/take-over.js';
import { LauncherService } from './launcher.service.js';
import { OwnPrograms } from './own-programs.js';
import { ProcessService } from './process.service.js';

@Module({
  imports: [DetectorModule, PolicyModule, StreamModule, TimeoutModule],
  providers: [LauncherService, ProcessService, OwnPrograms, TakeOver],
  exports: [ProcessService, LauncherService, OwnPrograms, TakeOver],
})
export class ProcessModule {}
