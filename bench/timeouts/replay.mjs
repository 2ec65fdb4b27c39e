import { median } from '../harness/stats.mjs';
import { live } from './live.mjs';

/**
 * Lets an estimator live through runs one after the other, learning from each.
 * → {overShare, killedShare} of the healthy runs, the moments at which the hung ones were noticed (ms since their
 * start), and the healthy runs that were killed, for a look at them.
 */
export function replay(runs, estimator) {
  const killed = [];
  const noticedMs = [];
  let over = 0;
  let healthy = 0;
  for (const [index, run] of runs.entries()) {
    const limits = estimator.limits(run.loadMultiplier);
    const end = live(run, limits);
    estimator.learn(end, run.loadMultiplier);
    if (run.hangMs !== null) {
      noticedMs.push(end.activeMs);
      continue;
    }
    healthy++;
    if (run.durationMs > limits.maxMs) over++;
    if (end.reason !== run.end.reason) killed.push({ index, run, limits, end });
  }
  return { overShare: over / healthy, killedShare: killed.length / healthy, noticedMs: median(noticedMs), killed };
}
