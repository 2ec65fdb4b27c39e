import { KEPT_RUNS, type TaskRun } from '../task-run.js';

/** The runs with one more, by the time of their end, the last 100; the same array where that changes nothing. */
export function withRun(runs: readonly TaskRun[], run: TaskRun): readonly TaskRun[] {
  if (runs.some(({ executionId }) => executionId === run.executionId)) return runs;
  const all = [...runs, run].sort((a, b) => a.endedAt - b.endedAt).slice(-KEPT_RUNS);
  return all.includes(run) ? all : runs;
}
