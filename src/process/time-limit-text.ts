import type { ReachedLimit } from './execution-clocks.js';

/** What is said of a limit that was reached. */
export function timeLimitText({ kind, limitMs, idleMs, basedOn }: ReachedLimit): string {
  const limit = `${seconds(limitMs)} s`;
  const isGiven = basedOn === 'client' || basedOn === 'operator';
  if (isGiven)
    return kind === 'stall'
      ? `Stream timeout: no output for ${limit}`
      : `Stream timeout: the time limit of ${limit} is reached`;
  return kind === 'stall'
    ? `Stream timeout: no output, CPU time or I/O for ${limit}, the estimate's stall limit`
    : `Stream timeout: the estimated time limit of ${limit} is reached, and there was no progress for ${seconds(idleMs)} s`;
}

/** To a tenth, as far as that matters. */
function seconds(milliseconds: number): string {
  return String(milliseconds < 10_000 ? milliseconds / 1000 : Math.round(milliseconds / 100) / 10);
}
