import type { StreamTotals } from '../stream/pipe-reader.js';

export type EndReason =
  'exit' | 'signal' | 'canceled' | 'timeout' | 'stalled' | 'disconnected' | 'shutdown' | 'server_lost';

/** The one true account of how an execution ended. */
export interface ExecutionOutcome {
  readonly status: 'completed' | 'failed' | 'canceled';
  /** Minus the signal's number where a signal ended it; null where nobody saw the end. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason: EndReason;
  readonly error: string | null;
  readonly durationMs: number;
  readonly stdout: StreamTotals;
  readonly stderr: StreamTotals;
  /** Processes that were left running on the client's wish. */
  readonly survivors: readonly number[];
}
