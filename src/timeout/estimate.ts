import type { SystemLoad } from '../resource/system-load.js';
import type { Task } from './task.js';

/** What a command's run is expected to take. Durations are milliseconds, on the machine as it is loaded. */
export interface Estimate {
  readonly task: Task;
  readonly expectedMs: number;
  /** What runs are known to take, a margin left out; the expected time where that was not learned. */
  readonly neededMs: number;
  readonly maxMs: number;
  /** Time without any sign of progress. */
  readonly stallMs: number;
  readonly basedOn: 'exact_history' | 'similar_tasks' | 'heuristic' | 'default';
  /** Runs it was learned from. */
  readonly samples: number;
  /** The share of runs that take no longer than neededMs, at least; null where it was not learned. */
  readonly quantile: number | null;
  readonly multiplier: number;
  /** 0 to 1: how much is known. */
  readonly confidence: number;
  readonly loadMultiplier: number;
  readonly systemLoad: SystemLoad;
}
