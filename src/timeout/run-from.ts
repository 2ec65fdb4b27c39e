import type { TaskRun } from './task-run.js';

/** How a run ended, as far as it matters for what it teaches. Durations are milliseconds without pauses. */
export interface RunEnd {
  readonly executionId: string;
  readonly endedAt: number;
  readonly activeMs: number;
  readonly longestStillnessMs: number;
  readonly lastStillnessMs: number;
  readonly loadMultiplier: number;
  /** Why it ended: `exit` where by itself. */
  readonly reason: string;
  readonly exitCode: number | null;
}

/** A failure teaches how long a task takes only where it took at least this share of what the task usually takes. */
const WHOLE_FAILURE_SHARE = 0.5;

/**
 * What a run teaches. Its length is whole where it succeeded, or failed after a usual time: a failure fast at the start
 * says no more than "longer than this", like an end on a limit, by CANCEL, by a signal. What ended because it stood still
 * had worked until its last sign of progress: it was longer than that.
 *
 * @param typicalMs what the task usually takes; null where that is not known
 * @returns null where the end was not seen
 */
export function runFrom(end: RunEnd, successExitCodes: readonly number[], typicalMs: number | null): TaskRun | null {
  if (end.reason === 'server_lost') return null;
  const endedItself = end.reason === 'exit';
  const isWhole =
    endedItself &&
    (successExitCodes.includes(end.exitCode ?? -1) ||
      (typicalMs !== null && end.activeMs >= typicalMs * WHOLE_FAILURE_SHARE));
  return {
    executionId: end.executionId,
    endedAt: end.endedAt,
    durationMs: end.reason === 'stalled' ? Math.max(0, end.activeMs - end.lastStillnessMs) : end.activeMs,
    isDurationCensored: !isWhole,
    silenceMs: end.longestStillnessMs,
    isSilenceCensored: !isWhole && end.lastStillnessMs >= end.longestStillnessMs,
    loadMultiplier: end.loadMultiplier,
  };
}
