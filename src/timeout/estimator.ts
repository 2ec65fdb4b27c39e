import { type Length, lengthBound } from './length-bound.js';
import type { TaskRun } from './task-run.js';

/** What runs of a task tell of the next one. Durations are milliseconds. */
export interface LearnedTimes {
  readonly expectedMs: number;
  /** No less than `quantile` of the runs take this long at most. */
  readonly neededMs: number;
  /** Time it may take. */
  readonly maxMs: number;
  /** Time it may go without any sign of progress. */
  readonly stallMs: number;
  /** Runs it was learned from, those cut short included. */
  readonly samples: number;
  readonly quantile: number;
  /** What the time limit is above what is needed. */
  readonly multiplier: number;
}

/** Whole runs it takes to learn from them. */
const MIN_WHOLE_RUNS = 3;
/**
 * What the limits are above their quantiles. A distribution-free quantile of 100 runs can promise 95 %; the rest is covered
 * as if the tail were no heavier than a lognormal's with σ = 1, whose 99.9 % quantile is e^(3.09 - 1.88) = 3.4 times its
 * 97 % quantile. A silence is part of a run and varies less; its margin is what the traces of bench/timeouts leave room for
 * between runs killed that were healthy and runs that hung and were noticed late.
 */
const DURATION_MARGIN = 4;
const SILENCE_MARGIN = 2.2;
/** No limit that was learned is shorter: nothing is won by ending a command sooner. */
const MIN_LIMIT_MS = 60_000;

/**
 * What is to be expected of a task's next run, or null where too few runs are known.
 *
 * A run under a lighter load than the present one is taken to have been slower by as much as the multipliers differ;
 * a run under a heavier load counts as it was, since it may not have been the load that took the time.
 *
 * @param runs oldest first
 * @param loadMultiplier the present one
 */
export function estimateFrom(runs: readonly TaskRun[], loadMultiplier: number): LearnedTimes | null {
  if (runs.filter((run) => !run.isDurationCensored).length < MIN_WHOLE_RUNS) return null;
  const scale = (run: TaskRun): number => Math.max(1, loadMultiplier / run.loadMultiplier);
  const duration = lengthBound(
    runs.map((run): Length => ({ ms: run.durationMs * scale(run), isCensored: run.isDurationCensored })),
    DURATION_MARGIN,
  );
  const silence = lengthBound(
    runs.map((run): Length => ({ ms: run.silenceMs * scale(run), isCensored: run.isSilenceCensored })),
    SILENCE_MARGIN,
  );
  if (duration === null) return null;
  const stallMs = Math.max(MIN_LIMIT_MS, silence?.boundMs ?? duration.boundMs);
  return {
    expectedMs: duration.typicalMs,
    neededMs: duration.quantileMs,
    maxMs: Math.max(MIN_LIMIT_MS, duration.boundMs, stallMs),
    stallMs,
    samples: runs.length,
    quantile: duration.quantile,
    multiplier: DURATION_MARGIN,
  };
}
