import type { EndCause } from './end-cause.js';
import type { ExecutionOutcome } from './execution-outcome.js';

/** What an execution has behind it that another service has begun. Times are milliseconds. */
export interface ExecutionPast {
  /** Since the epoch. */
  readonly startedAt: number;
  readonly elapsedMs: number;
  /** The part of it in which it was not paused. */
  readonly activeMs: number;
  readonly isPaused: boolean;
  /** Where its time limit has moved to, and whose that is; null = nowhere. */
  readonly moved: { readonly limitMs: number | null; readonly isOfClient: boolean } | null;
  readonly extensions: { readonly progress: number; readonly client: number };
  /** Why that service has begun to end it. */
  readonly cause: EndCause | null;
  readonly completion: ExecutionOutcome['completion'];
  /** Set where it has ended. */
  readonly outcome: ExecutionOutcome | null;
}
