import type { Execution } from '../process/execution.js';
import type { ExecutionOutcome } from '../process/execution-outcome.js';

/** An execution after its end, without what running it took. */
export interface EndedExecution {
  readonly id: string;
  readonly pid: number;
  readonly request: Execution['request'];
  readonly limits: Execution['limits'];
  /** The time limit that was in force; null = none. */
  readonly timeoutMs: number | null;
  readonly startedAt: number;
  readonly outcome: ExecutionOutcome;
}
