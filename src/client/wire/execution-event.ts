import type { Exit } from './exit.js';
import type { Gap } from './gap.js';
import type { StreamName } from './stream-name.js';

/**
 * What happens to an execution, in the order in which the service saw it; `seq` counts by one over all but `gap`. Fields
 * have the names of the protocol. Times are seconds.
 */
export type ExecutionEvent =
  | { readonly type: 'started'; readonly seq: number; readonly pid: number; readonly started_at: number }
  | OutputEvent
  | { readonly type: 'paused' | 'resumed' | 'canceled'; readonly seq: number }
  | { readonly type: 'stalled'; readonly seq: number; readonly idle: number; readonly stall_timeout: number | null }
  | {
      readonly type: 'timeout_warning';
      readonly seq: number;
      readonly remaining: number;
      readonly limit: number;
      readonly based_on: string;
    }
  | {
      readonly type: 'timeout_extended';
      readonly seq: number;
      readonly from: number | null;
      readonly to: number | null;
      readonly why: string;
    }
  /** A time limit is reached: the execution is being ended. */
  | {
      readonly type: 'timed_out';
      readonly seq: number;
      readonly kind: string;
      readonly duration: number;
      readonly error: string;
    }
  /** Notifications that are gone for good: the service has dropped them, or this client before a reader came. */
  | ({ readonly type: 'gap' } & Gap)
  /** A notification that this version does not know. */
  | {
      readonly type: 'notice';
      readonly seq: number;
      readonly method: string;
      readonly params: Readonly<Record<string, unknown>>;
    }
  /** The last one. */
  | { readonly type: 'completed'; readonly seq: number; readonly exit: Exit };

export interface OutputEvent {
  readonly type: 'output';
  readonly seq: number;
  readonly stream: StreamName;
  /** Text, or base64 where the execution has that encoding. */
  readonly data: string;
  /** In bytes, of its stream. */
  readonly offset: number;
  /** The line was cut by `max_line_bytes`. */
  readonly truncated: boolean;
  readonly chunk_index: number | null;
  readonly total_chunks: number | null;
}
