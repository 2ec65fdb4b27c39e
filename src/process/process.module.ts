import { Module } from '@nestjs/common';
import { StreamModule } from '../stream/stream.module.js';
import { TimeoutModule } from '../timeout/timeout.module.js';
import { LauncherService } from './launcher.service.js';
import { ProcessService } from './process.service.js';

@Module({
  imports: [StreamModule, TimeoutModule],
  providers: [LauncherService, ProcessService],
  exports: [ProcessService, LauncherService],
})
export class ProcessModule {}
