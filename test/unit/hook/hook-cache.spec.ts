import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SILENT_ANSWER } from '../../../src/hook/hook-answer.js';
import { HookCache } from '../../../src/hook/hook-cache.js';
import type { HookRun } from '../../../src/hook/hook-run.js';

const run = { outcome: { answer: SILENT_ANSWER }, durationMs: 5, isCached: false } as unknown as HookRun;
const failed = { outcome: { failure: {} }, isCached: false } as unknown as HookRun;

let cache: HookCache;
let runs: number;
const ask = (key: string, answer: HookRun = run): Promise<HookRun> =>
  cache.get(key, 1000, () => {
    runs++;
    return Promise.resolve(answer);
  });

beforeEach(() => {
  jest.useFakeTimers();
  cache = new HookCache();
  runs = 0;
});

afterEach(() => {
  jest.useRealTimers();
});

describe('answers of hooks', () => {
  it('count for a while', async () => {
    await ask('a');
    expect(await ask('a')).toMatchObject({ isCached: true, durationMs: 0, outcome: run.outcome });
    expect(runs).toBe(1);
    jest.advanceTimersByTime(1000);
    expect(await ask('a')).toMatchObject({ isCached: false });
    expect(runs).toBe(2);
  });

  it('are shared by those who ask at once', async () => {
    await Promise.all([ask('a'), ask('a'), ask('b')]);

    expect(runs).toBe(2);
  });

  it('that are failures do not count', async () => {
    await ask('a', failed);
    await ask('a');

    expect(runs).toBe(2);
  });

  it('are the last thousand', async () => {
    for (let index = 0; index <= 1000; index++) await ask(`key ${index}`);
    runs = 0;
    await ask('key 1');
    expect(runs).toBe(0);
    await ask('key 0');
    expect(runs).toBe(1);
  });
});
