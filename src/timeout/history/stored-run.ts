import type { TaskRun } from '../task-run.js';

/** Longest text of a run; what is longer is none. */
export const MAX_STORED_RUN_CHARACTERS = 512;
/** A run may have ended this much later than the reader's clock tells: clocks differ. */
export const CLOCK_DIFFERENCE_MS = 86_400_000;

/** A year: the longest time limit that can be configured. */
const MAX_DURATION_MS = 31_536_000_000;
const MAX_LOAD_MULTIPLIER = 1000;
const EXECUTION_ID = /^[\w.:-]{1,64}$/;

/** The text of a run for a store, the same for the same run. Durations are rounded to 0.1 ms, the load to 0.01. */
export function storedRun(run: TaskRun): string {
  return JSON.stringify({
    id: run.executionId,
    at: Math.round(run.endedAt),
    ms: rounded(run.durationMs, 10),
    cut: run.isDurationCensored,
    quiet: rounded(run.silenceMs, 10),
    quietCut: run.isSilenceCensored,
    load: rounded(run.loadMultiplier, 100),
  });
}

/**
 * The run that a store's text tells of, or null where it tells of none: every member is there, of its type and within its
 * bounds. What else the text has is passed over.
 */
export function runFromStored(text: string, nowMs: number = Date.now()): TaskRun | null {
  const stored = objectFrom(text);
  if (stored === null) return null;
  const { id, at, ms, cut, quiet, quietCut, load } = stored;
  if (typeof id !== 'string' || !EXECUTION_ID.test(id)) return null;
  if (typeof cut !== 'boolean' || typeof quietCut !== 'boolean') return null;
  if (!isWithin(at, 0, nowMs + CLOCK_DIFFERENCE_MS) || !isWithin(load, 1, MAX_LOAD_MULTIPLIER)) return null;
  if (!isWithin(ms, 0, MAX_DURATION_MS) || !isWithin(quiet, 0, MAX_DURATION_MS)) return null;
  return {
    executionId: id,
    endedAt: at,
    durationMs: ms,
    isDurationCensored: cut,
    silenceMs: quiet,
    isSilenceCensored: quietCut,
    loadMultiplier: load,
  };
}

function rounded(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}

function objectFrom(text: string): Record<string, unknown> | null {
  if (text.length > MAX_STORED_RUN_CHARACTERS) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}
