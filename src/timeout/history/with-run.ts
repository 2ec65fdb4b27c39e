import { KEPT_RUNS, type TaskRun } from '../task-run.js';

/** The runs with one more, by the time of their end, the last 100; the same array where that changes nothing. */
export function withRun(runs: readonly TaskRun[], run: TaskRun): readonly TaskRun[] {
  if (runs.some(({ executionId }) => executionId === run.executionId)) return runs;
  // Nearly always it is the last one to end, and nothing has to be put in order.
  if ((runs.at(-1)?.endedAt ?? 0) <= run.endedAt) return [...runs.slice(1 - KEPT_RUNS), run];
  const all = [...runs, run].sort((a, b) => a.endedAt - b.endedAt).slice(-KEPT_RUNS);
  return all.includes(run) ? all : runs;
}
