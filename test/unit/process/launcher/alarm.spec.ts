import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Alarm } from '../../../../src/process/launcher/alarm.js';

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});

afterEach(() => {
  jest.useRealTimers();
});

describe('an alarm', () => {
  it('rings once, at the earliest time it was set to', () => {
    const rings: number[] = [];
    const alarm = new Alarm(() => rings.push(performance.now()));
    const from = performance.now();
    for (const delay of [300, 100, 200]) alarm.set(from + delay);
    jest.advanceTimersByTime(1000);

    expect(rings).toEqual([from + 100]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('can be set again, also to what has passed, also while it rings', () => {
    let rings = 0;
    const alarm = new Alarm(() => {
      if (++rings < 3) alarm.set(0);
    });
    alarm.set(performance.now() + 50);
    jest.advanceTimersByTime(100);

    expect(rings).toBe(3);
    expect(jest.getTimerCount()).toBe(0);
  });
});
