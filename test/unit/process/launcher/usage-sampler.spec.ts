import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { UsageSampler } from '../../../../src/process/launcher/usage-sampler.js';

const LEADER = {
  id: 'a',
  pid: process.pid,
  startTime: 0,
  pidsBefore: process.pid,
  startedAtMs: 0,
  isSessionOver: false,
};

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});

afterEach(() => {
  jest.useRealTimers();
});

describe('the sampler', () => {
  it('has no timer while nothing runs', () => {
    const sampler = new UsageSampler(() => undefined);
    expect(jest.getTimerCount()).toBe(0);
    sampler.add({ ...LEADER, startedAtMs: performance.now() });
    expect(jest.getTimerCount()).toBe(1);
    sampler.remove('a');
    jest.advanceTimersByTime(60_000);

    expect(jest.getTimerCount()).toBe(0);
  });

  it('has one timer, however much runs', () => {
    const sampler = new UsageSampler(() => undefined);
    for (let id = 0; id < 100; id++) sampler.add({ ...LEADER, id: String(id), startedAtMs: performance.now() });

    expect(jest.getTimerCount()).toBe(1);
  });

  it('knows the CPU time of what ended before it was looked at', () => {
    const sampler = new UsageSampler(() => undefined);
    sampler.add(LEADER);

    expect(sampler.leaderEnded('a')).toMatchObject({ seen: 0 });
    expect(sampler.final('a', 12, true, 100)).toEqual({ cpuSeconds: 0.12, maxRssBytes: null });
  });
});
