import { Injectable } from '@nestjs/common';
import type { Execution } from '../process/execution.js';
import type { ExecutionRequest } from '../process/execution-request.js';
import { TakeOver } from '../process/detached/take-over.js';
import { ProcessService } from '../process/process.service.js';
import { type HookOwner, HookService } from './hook.service.js';

/** Starts executions with the operator's hooks around them. */
@Injectable()
export class HookedProcesses {
  constructor(
    private readonly processes: ProcessService,
    private readonly hooks: HookService,
    private readonly left: TakeOver,
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

  /**
   * As TakeOver.run; the hooks that come after a command run for those that have not ended.
   * @param adopt takes each, and tells whose it is
   */
  takeOver(adopt: (execution: Execution) => HookOwner): Promise<void> {
    return this.left.run((request, hasBegin) => {
      const excerpt = this.hooks.isOn ? this.hooks.excerpt(request, hasBegin) : null;
      return {
        onOutput:
          excerpt &&
          ((output) => {
            excerpt.add(output);
          }),
        adopt: (execution, hasEnded) => {
          const owner = adopt(execution);
          if (excerpt !== null && !hasEnded) this.hooks.follow(execution, owner, excerpt);
        },
      };
    });
  }

  /** As ProcessService.measure. */
  measure(): Promise<void> {
    return this.processes.measure();
  }
}
