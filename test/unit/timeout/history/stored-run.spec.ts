import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { runFromStored, storedRun } from '../../../../src/timeout/history/stored-run.js';
import type { TaskRun } from '../../../../src/timeout/task-run.js';

const NOW_MS = 1_800_000_000_000;
const RUN: TaskRun = {
  executionId: '0f8fad5b-d9cb-469f-a165-70867728950e',
  endedAt: NOW_MS,
  durationMs: 1234.5,
  isDurationCensored: false,
  silenceMs: 67.8,
  isSilenceCensored: true,
  loadMultiplier: 2.5,
};

const runs = fc.record<TaskRun>({
  executionId: fc.stringMatching(/^[\w.:-]{1,64}$/),
  endedAt: fc.integer({ min: 0, max: NOW_MS }),
  durationMs: fc.double({ min: 0, max: 31_536_000_000, noNaN: true }),
  isDurationCensored: fc.boolean(),
  silenceMs: fc.double({ min: 0, max: 31_536_000_000, noNaN: true }),
  isSilenceCensored: fc.boolean(),
  loadMultiplier: fc.double({ min: 1, max: 1000, noNaN: true }),
});

/** The run's text with one member changed; a member that is undefined is left out. */
function changed(name: string, value: unknown): string {
  return JSON.stringify({ ...(JSON.parse(storedRun(RUN)) as object), [name]: value });
}

describe('a stored run', () => {
  it('is a short line of JSON', () => {
    expect(storedRun(RUN)).toBe(
      '{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","at":1800000000000,"ms":1234.5,"cut":false,"quiet":67.8,"quietCut":true,"load":2.5}',
    );
  });

  it('is read as it was, to a tenth of a millisecond', () => {
    fc.assert(
      fc.property(runs, (run) => {
        const read = runFromStored(storedRun(run), NOW_MS);
        expect(read).toEqual({
          ...run,
          durationMs: expect.closeTo(run.durationMs, 0),
          silenceMs: expect.closeTo(run.silenceMs, 0),
          loadMultiplier: expect.closeTo(run.loadMultiplier, 1),
        });
        expect(storedRun(read!)).toBe(storedRun(run));
      }),
    );
  });

  it('may hold what is not known here', () => {
    expect(runFromStored(changed('more', { a: 1 }), NOW_MS)).toEqual(RUN);
  });
});

describe('what is no run', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['no JSON', 'run'],
    ['cut off', storedRun(RUN).slice(0, -1)],
    ['a number', '1'],
    ['null', 'null'],
    ['an array', '[]'],
    ['longer than any run', `${storedRun(RUN).slice(0, -1)},"x":"${'x'.repeat(10_000_000)}"}`],
    ['deeply nested', '['.repeat(100_000)],
    ['of a number too great for JSON', storedRun(RUN).replace('1234.5', '1e400')],
    ...[undefined, null, 1, '', ' ', 'a b', 'a"b', '\ud800', 'é', 'x'.repeat(65), ['a']].map((id): [string, string] => [
      `named ${id === undefined ? 'not at all' : JSON.stringify(id)}`,
      changed('id', id),
    ]),
    ...[undefined, null, 0, 'true'].flatMap((flag): [string, string][] => [
      [`cut ${String(flag)}`, changed('cut', flag)],
      [`cut in its silence ${String(flag)}`, changed('quietCut', flag)],
    ]),
    ...[undefined, null, '5', -1, 31_536_000_001, true].flatMap((value): [string, string][] => [
      [`${String(value)} ms long`, changed('ms', value)],
      [`${String(value)} ms silent`, changed('quiet', value)],
    ]),
    ...[undefined, '1', 0.99, 1001].map((load): [string, string] => [`loaded ${load}`, changed('load', load)]),
    ...[undefined, '1', -1, NOW_MS + 86_400_001].map((at): [string, string] => [`ended at ${at}`, changed('at', at)]),
  ])('is passed over where it is %s', (_, text) => {
    expect(runFromStored(text, NOW_MS)).toBeNull();
  });

  it('is never an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        expect(runFromStored(text, NOW_MS)).toBeNull();
      }),
    );
  });
});
