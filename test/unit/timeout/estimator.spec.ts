import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { estimateFrom } from '../../../src/timeout/estimator.js';
import type { TaskRun } from '../../../src/timeout/task-run.js';

const SECOND = 1000;

function run(durationMs: number, given: Partial<TaskRun> = {}): TaskRun {
  return {
    executionId: 'x',
    endedAt: 0,
    durationMs,
    isDurationCensored: false,
    silenceMs: Math.min(durationMs, SECOND),
    isSilenceCensored: false,
    loadMultiplier: 1,
    ...given,
  };
}

const cut = { isDurationCensored: true, isSilenceCensored: true };

describe('an estimate from history', () => {
  it.each([0, 1, 2])('is not made of %d whole runs', (count) => {
    const cuts = [run(5 * SECOND, cut), run(5 * SECOND, cut)];

    expect(estimateFrom([...cuts, ...Array.from({ length: count }, () => run(SECOND))], 1)).toBeNull();
  });

  it('has the usual time, a limit with a margin, and a limit of stillness of its own', () => {
    const runs = [100, 120, 110].map((seconds) => run(seconds * SECOND, { silenceMs: 30 * SECOND }));

    expect(estimateFrom(runs, 1)).toMatchObject({
      expectedMs: 110 * SECOND,
      maxMs: 480 * SECOND,
      stallMs: 66 * SECOND,
      samples: 3,
      multiplier: 4,
    });
  });

  it('never has a limit under a minute', () => {
    expect(estimateFrom([run(1), run(2), run(3)], 1)).toMatchObject({ expectedMs: 2, maxMs: 60_000, stallMs: 60_000 });
  });

  it('takes a run under less load for a slower one', () => {
    const runs = [30, 30, 30].map((seconds) => run(seconds * SECOND));

    expect(estimateFrom(runs, 1)).toMatchObject({ expectedMs: 30 * SECOND, maxMs: 120 * SECOND });
    expect(estimateFrom(runs, 3)).toMatchObject({ expectedMs: 90 * SECOND, maxMs: 360 * SECOND });
  });

  it('takes a run under load as it was', () => {
    const runs = [30, 30, 30].map((seconds) => run(seconds * SECOND, { loadMultiplier: 3 }));

    expect(estimateFrom(runs, 1)).toMatchObject({ expectedMs: 30 * SECOND });
    expect(estimateFrom(runs, 3)).toMatchObject({ expectedMs: 30 * SECOND });
  });

  it('lets a task that stands still all the time do so for more than its longest time', () => {
    const silent = [run(100 * SECOND), run(100 * SECOND), run(100 * SECOND)].map((each) => ({
      ...each,
      silenceMs: each.durationMs,
    }));

    expect(estimateFrom(silent, 1)).toMatchObject({ stallMs: expect.closeTo(220 * SECOND), maxMs: 400 * SECOND });
  });

  it('stays within bounds for any runs', () => {
    const runs = fc.array(
      fc.record({
        executionId: fc.uuid(),
        endedAt: fc.nat(),
        durationMs: fc.double({ min: 0, max: 1e11, noNaN: true }),
        isDurationCensored: fc.boolean(),
        silenceMs: fc.double({ min: 0, max: 1e11, noNaN: true }),
        isSilenceCensored: fc.boolean(),
        loadMultiplier: fc.double({ min: 1, max: 1000, noNaN: true }),
      }),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(runs, fc.double({ min: 1, max: 1000, noNaN: true }), (given, load) => {
        const estimate = estimateFrom(given, load);
        if (estimate === null) return;

        expect(estimate.maxMs).toBeGreaterThanOrEqual(Math.max(60_000, estimate.expectedMs));
        expect(estimate.stallMs).toBeLessThanOrEqual(estimate.maxMs);
        expect(Number.isFinite(estimate.maxMs)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
