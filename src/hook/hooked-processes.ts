import { Injectable } from '@nestjs/common';
import type { Execution } from '../process/execution.js';
import type { ExecutionRequest } from '../process/execution-request.js';
import { ProcessService } from '../process/process.service.js';
import { type HookOwner, HookService } from './hook.service.js';

/** Starts executions with the operator's hooks around them. */
@Injectable()
export class HookedProcesses {
  constructor(
    private readonly processes: ProcessService,
    private readonly hooks: HookService,
  ) {}

  /**
   * Starts what the hooks make of a command and returns when it runs: the policy judges that.
   * @throws PolicyError where a hook refuses
   * @throws what ProcessService.start throws
   */
  async start(request: ExecutionRequest, owner: HookOwner): Promise<Execution> {
    if (!this.hooks.isOn) return this.processes.start(request);
    const prepared = await this.hooks.prepare(request, owner);
    const excerpt = this.hooks.excerpt(prepared.request);
    const execution = await this.processes.start(
      prepared.request,
      excerpt &&
        ((output) => {
          excerpt.add(output);
        }),
    );
    for (const row of prepared.rows) {
      row.executionId = execution.id;
      this.hooks.warn(execution, row.run);
    }
    if (excerpt !== null) this.hooks.follow(execution, owner, excerpt);
    return execution;
  }

  /** As ProcessService.measure. */
  measure(): Promise<void> {
    return this.processes.measure();
  }
}
