import type { Estimate } from './estimate.js';

/** What is to be said of a limit that someone has in mind. */
export interface TimeoutVerdict {
  readonly isValid: boolean;
  readonly suggestedMs: number;
  /** Of the proposed limit, against the suggested one; null where none is proposed. */
  readonly differencePercent: number | null;
  readonly reason: string;
}

/**
 * Judges a proposed limit by an estimate. It is valid where it is neither over the operator's maximum nor under what
 * runs are known to need.
 * @param proposedMs null = no limit
 */
export function timeoutVerdict(
  proposedMs: number | null,
  estimate: Estimate,
  maxTimeoutMs: number | null,
): TimeoutVerdict {
  const { maxMs: suggestedMs, neededMs } = estimate;
  const isOver = maxTimeoutMs !== null && (proposedMs ?? Infinity) > maxTimeoutMs;
  const isUnder = proposedMs !== null && proposedMs < neededMs;
  return {
    isValid: !isOver && !isUnder,
    suggestedMs,
    differencePercent: proposedMs === null ? null : (proposedMs / suggestedMs - 1) * 100,
    reason: isOver
      ? `It is over the maximum of ${seconds(maxTimeoutMs)} s`
      : isUnder
        ? `Runs are expected to need up to ${seconds(neededMs)} s`
        : proposedMs === null
          ? 'No limit is proposed'
          : proposedMs < suggestedMs
            ? `It is enough for usual runs; ${seconds(suggestedMs)} s would leave a margin`
            : 'It is no shorter than the suggested limit',
  };
}

function seconds(milliseconds: number): string {
  return String(Math.round(milliseconds / 100) / 10);
}
