import { Module } from '@nestjs/common';
import { ProcessModule } from '../process/process.module.js';
import { HookRunner } from './hook-runner.js';
import { HookService } from './hook.service.js';
import { HookedProcesses } from './hooked-processes.js';

@Module({
  imports: [ProcessModule],
  providers: [HookRunner, HookService, HookedProcesses],
  exports: [HookService, HookedProcesses],
})
export class HookModule {}
