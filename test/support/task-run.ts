import type { TaskRun } from '../../src/timeout/task-run.js';

/** A run that ended just now, in all that is not given. */
export function taskRun(executionId: string, given: Partial<TaskRun> = {}): TaskRun {
  return {
    executionId,
    endedAt: Date.now(),
    durationMs: 1234.5,
    isDurationCensored: false,
    silenceMs: 67.8,
    isSilenceCensored: true,
    loadMultiplier: 1,
    ...given,
  };
}
