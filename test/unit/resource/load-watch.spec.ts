import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LoadWatch } from '../../../src/resource/load-watch.js';
import { type SystemLoad, UNKNOWN_LOAD } from '../../../src/resource/system-load.js';

const MINUTE_MS = 60_000;

let sample: () => Promise<SystemLoad>;
let samples: number;
let changes: (string | null)[];
let watch: LoadWatch;

beforeEach(() => {
  jest.useFakeTimers();
  samples = 0;
  changes = [];
  sample = () => Promise.resolve({ ...UNKNOWN_LOAD, cpuPercent: samples });
  watch = new LoadWatch(
    () => {
      samples++;
      return sample();
    },
    (unknownBecause) => changes.push(unknownBecause),
  );
});

afterEach(() => {
  watch.stop();
  jest.useRealTimers();
});

function fail(message: string): void {
  sample = () => Promise.reject(new Error(message));
}

function succeed(): void {
  sample = () => Promise.resolve({ ...UNKNOWN_LOAD, cpuPercent: 50 });
}

describe('a watch over the load', () => {
  it('knows nothing before the first sample', () => {
    expect(watch.load).toEqual(UNKNOWN_LOAD);
    watch.start();
    expect(watch.load).toEqual(UNKNOWN_LOAD);
  });

  it('samples at once, soon again, then every 2 s', async () => {
    watch.start();
    expect(samples).toBe(1);
    await jest.advanceTimersByTimeAsync(500);
    expect(samples).toBe(2);
    expect(watch.load.cpuPercent).toBe(2);
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(samples).toBe(32);
  });

  it('never takes two samples at a time', async () => {
    sample = () => new Promise(() => undefined);
    watch.start();
    await jest.advanceTimersByTimeAsync(MINUTE_MS);

    expect(samples).toBe(1);
  });

  it('stays with the last sample for 30 s where those after it fail', async () => {
    watch.start();
    await jest.advanceTimersByTimeAsync(0);
    fail('EMFILE');
    await jest.advanceTimersByTimeAsync(30_000);
    expect(watch.load.cpuPercent).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(watch.load).toEqual(UNKNOWN_LOAD);
  });

  it('tells once that the load is not known, and once that it is again', async () => {
    watch.start();
    fail('EMFILE');
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    expect(changes).toEqual(['EMFILE']);

    succeed();
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    expect(changes).toEqual(['EMFILE', null]);
    expect(watch.load.cpuPercent).toBe(50);
  });

  it('tells nothing of a failure that passes', async () => {
    watch.start();
    fail('EMFILE');
    await jest.advanceTimersByTimeAsync(20_000);
    succeed();
    await jest.advanceTimersByTimeAsync(MINUTE_MS);

    expect(changes).toEqual([]);
  });

  it('tells of a sample that hangs', async () => {
    watch.start();
    await jest.advanceTimersByTimeAsync(0);
    sample = () => new Promise(() => undefined);
    await jest.advanceTimersByTimeAsync(MINUTE_MS);

    expect(changes).toEqual(['the system does not answer']);
    expect(watch.load).toEqual(UNKNOWN_LOAD);
  });

  it.each([0, 400, 10_000])('leaves no timer where it is stopped after %d ms', async (afterMs) => {
    watch.start();
    await jest.advanceTimersByTimeAsync(afterMs);
    watch.stop();
    const before = samples;
    await jest.advanceTimersByTimeAsync(MINUTE_MS);

    expect(samples).toBe(before);
    expect(jest.getTimerCount()).toBe(0);
  });
});
