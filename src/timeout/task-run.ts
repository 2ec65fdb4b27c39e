/** One run of a task, as history keeps it. Durations are milliseconds without the time it was paused. */
export interface TaskRun {
  readonly executionId: string;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  readonly durationMs: number;
  /** True where it was cut short: it would have taken at least this long. */
  readonly isDurationCensored: boolean;
  /** Longest time in it without output, CPU time or I/O. */
  readonly silenceMs: number;
  readonly isSilenceCensored: boolean;
  /** The load multiplier at its start, ≥ 1. */
  readonly loadMultiplier: number;
}

/** Runs of one task that are kept. */
export const KEPT_RUNS = 100;
