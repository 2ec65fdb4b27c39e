import type { Finding } from '../detector/finding.js';
import type { ExecutionOutcome } from './execution-outcome.js';
import type { HookWarning } from './hook-warning.js';

/** What happens to an execution beside its output. Times are milliseconds, `at` since the epoch. */
export type ExecutionEvent =
  | { readonly type: 'started'; readonly at: number }
  | { readonly type: 'paused' | 'resumed' | 'canceled' }
  | { readonly type: 'stalled'; readonly idleMs: number; readonly stallTimeoutMs: number | null }
  | { readonly type: 'warning'; readonly remainingMs: number; readonly limitMs: number; readonly basedOn: string }
  /** `toMs` null: there is no limit any more. */
  | { readonly type: 'extended'; readonly fromMs: number | null; readonly toMs: number | null; readonly why: string }
  /** Its output tells something, `elapsedMs` after the start. */
  | { readonly type: 'found'; readonly finding: Finding; readonly elapsedMs: number }
  | { readonly type: 'hook-warning'; readonly warning: HookWarning }
  | {
      readonly type: 'time-limit';
      readonly limit: 'execution' | 'stall';
      readonly durationMs: number;
      readonly message: string;
    }
  | { readonly type: 'completed'; readonly outcome: ExecutionOutcome }
  /** The end of an execution whose service died: nobody knows how it went. */
  | { readonly type: 'lost'; readonly error: string };
