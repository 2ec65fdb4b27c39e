import type { StreamTotals } from '../stream/pipe-reader.js';
import type { EndCause, EndReason } from './end-cause.js';
import type { Excess } from './limit/excess.js';
import { signalNumber } from './signals.js';

/** The one true account of how an execution ended. */
export interface ExecutionOutcome {
  readonly status: 'completed' | 'failed' | 'canceled';
  /** Minus the signal's number where a signal ended it; null where nobody saw the end. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly reason: EndReason;
  readonly error: string | null;
  /** Of a limit on resources that was exceeded. */
  readonly evidence: Excess | null;
  readonly durationMs: number;
  readonly stdout: StreamTotals;
  readonly stderr: StreamTotals;
  /** Processes that were left running on the client's wish. */
  readonly survivors: readonly number[];
  /** What in its output told of its completion first, so long after the start; null where nothing did. */
  readonly completion: { readonly marker: string; readonly elapsedMs: number } | null;
  /** Of all its processes; null where nobody saw the end. */
  readonly cpuSeconds: number | null;
  /** Most resident memory of all its processes together; null where it ended before it was measured. */
  readonly maxRssBytes: number | null;
}

/** How the command's own process ended: by a code or by a signal; both null where nobody saw it. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * The account of an end.
 * @param cause why the service ended it; null where it ended by itself
 */
export function executionOutcome(
  exit: ProcessExit | null,
  cause: EndCause | null,
  rest: Omit<ExecutionOutcome, 'status' | 'exitCode' | 'signal' | keyof EndCause>,
): ExecutionOutcome {
  const { code, signal } = exit ?? { code: null, signal: null };
  const why = cause?.reason ?? (signal === null ? 'exit' : 'signal');
  const isCanceled = why === 'canceled' || why === 'disconnected';
  const isCompleted = why === 'completion' || (why === 'exit' && code === 0);
  return {
    status: isCanceled ? 'canceled' : isCompleted ? 'completed' : 'failed',
    exitCode: signal === null ? code : -signalNumber(signal),
    signal,
    reason: why,
    error: cause?.error ?? null,
    evidence: cause?.evidence ?? null,
    ...rest,
  };
}
