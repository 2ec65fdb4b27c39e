import type { Estimate } from './estimate.js';

/** The time limits of one execution, in milliseconds without the time it is paused; null = none. */
export interface TimeLimits {
  readonly timeoutMs: number | null;
  /** Where the limit comes from. */
  readonly basedOn: Estimate['basedOn'] | 'client' | 'operator';
  /** True where the service made up the limit: it moves while the execution makes progress. */
  readonly isEstimated: boolean;
  /** Longest time without output, as the client wants it. */
  readonly stallTimeoutMs: number | null;
  /** Longest time without output, CPU time and I/O, as estimated. */
  readonly stillnessMs: number | null;
  /** Time without output after which it is told, without consequence. */
  readonly silenceNoticeMs: number | null;
  /** The operator's: no limit is beyond it. */
  readonly maxTimeoutMs: number | null;
}
