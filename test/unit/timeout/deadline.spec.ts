import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deadline } from '../../../src/timeout/deadline.js';

const LIMIT_MS = 1000;

/** Times, since the start of the test, at which deadlines struck. */
let strikes: number[];
let startedAt: number;

beforeEach(() => {
  jest.useFakeTimers();
  startedAt = performance.now();
  strikes = [];
});

afterEach(() => {
  jest.useRealTimers();
});

function strike(): void {
  strikes.push(performance.now() - startedAt);
}

function start(limitMs = LIMIT_MS, repeat = false): Deadline {
  return new Deadline(limitMs, strike, repeat);
}

describe('a deadline', () => {
  it('strikes once, when its time has passed', () => {
    start();
    jest.advanceTimersByTime(LIMIT_MS - 1);
    expect(strikes).toEqual([]);

    jest.advanceTimersByTime(10 * LIMIT_MS);
    expect(strikes).toEqual([LIMIT_MS]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([0, 0.4, 1.5])('of %d ms strikes soon, and never early', (limitMs) => {
    start(limitMs);
    jest.advanceTimersByTime(3);

    expect(strikes).toHaveLength(1);
    expect(strikes[0]).toBeGreaterThanOrEqual(limitMs);
  });

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 31_536_000_000])('of %d ms strikes then, not at once', (limitMs) => {
    start(limitMs);
    jest.advanceTimersByTime(limitMs - 1);
    expect(strikes).toEqual([]);

    jest.advanceTimersByTime(1);
    expect(strikes).toEqual([limitMs]);
  });

  it('knows how much time has passed', () => {
    const deadline = start();
    expect(deadline.elapsedMs).toBe(0);
    jest.advanceTimersByTime(300);
    expect(deadline.elapsedMs).toBe(300);
    jest.advanceTimersByTime(5000);
    expect(deadline.elapsedMs).toBe(5300);
  });

  it('reads the clock it is given, and not the one of its timer', () => {
    let now = 50_000;
    const deadline = new Deadline(LIMIT_MS, strike, false, () => now);
    jest.advanceTimersByTime(LIMIT_MS);
    expect(strikes).toEqual([]);
    expect(deadline.elapsedMs).toBe(0);

    now += LIMIT_MS;
    jest.advanceTimersByTime(LIMIT_MS);
    expect(strikes).toHaveLength(1);
  });

  it('does not strike after it was cleared', () => {
    const deadline = start();
    deadline.clear();
    deadline.clear();
    jest.advanceTimersByTime(10 * LIMIT_MS);

    expect(strikes).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('may be cleared from its own strike', () => {
    const deadline: Deadline = new Deadline(
      LIMIT_MS,
      () => {
        strike();
        deadline.clear();
      },
      true,
    );
    jest.advanceTimersByTime(10 * LIMIT_MS);

    expect(strikes).toEqual([LIMIT_MS]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('stays cleared when it is resumed', () => {
    const deadline = start();
    deadline.clear();
    deadline.resume();
    jest.advanceTimersByTime(10 * LIMIT_MS);

    expect(strikes).toEqual([]);
  });
});

describe('a pause', () => {
  it('does not count', () => {
    const deadline = start();
    jest.advanceTimersByTime(400);
    deadline.pause();
    jest.advanceTimersByTime(100_000);
    expect(strikes).toEqual([]);
    expect(deadline.elapsedMs).toBe(400);

    deadline.resume();
    jest.advanceTimersByTime(599);
    expect(strikes).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(strikes).toEqual([101_000]);
  });

  it('leaves no timer', () => {
    start().pause();

    expect(jest.getTimerCount()).toBe(0);
  });

  it('may come again and again', () => {
    const deadline = start();
    for (let turn = 0; turn < 9; turn++) {
      jest.advanceTimersByTime(100);
      deadline.pause();
      jest.advanceTimersByTime(5000);
      deadline.resume();
    }
    expect(deadline.elapsedMs).toBe(900);
    jest.advanceTimersByTime(99);
    expect(strikes).toEqual([]);

    jest.advanceTimersByTime(1);
    expect(strikes).toHaveLength(1);
  });

  it('within a pause changes nothing, and so does going on twice', () => {
    const deadline = start();
    jest.advanceTimersByTime(100);
    deadline.pause();
    jest.advanceTimersByTime(100);
    deadline.pause();
    jest.advanceTimersByTime(100);
    deadline.resume();
    deadline.resume();
    jest.advanceTimersByTime(899);
    expect(strikes).toEqual([]);

    jest.advanceTimersByTime(1);
    expect(strikes).toEqual([1200]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('stretches a limit of months as well', () => {
    const limitMs = 2 ** 32;
    const deadline = start(limitMs);
    jest.advanceTimersByTime(2 ** 31 + 1000);
    deadline.pause();
    jest.advanceTimersByTime(2 ** 33);
    deadline.resume();
    jest.advanceTimersByTime(2 ** 31 - 1001);
    expect(strikes).toEqual([]);

    jest.advanceTimersByTime(1);
    expect(strikes).toHaveLength(1);
  });
});

describe('a touch', () => {
  it('starts the time anew', () => {
    const deadline = start();
    for (let turn = 0; turn < 20; turn++) {
      jest.advanceTimersByTime(LIMIT_MS - 1);
      deadline.touch();
      expect(deadline.elapsedMs).toBe(0);
    }
    expect(strikes).toEqual([]);

    jest.advanceTimersByTime(LIMIT_MS);
    expect(strikes).toEqual([20 * (LIMIT_MS - 1) + LIMIT_MS]);
  });

  it('takes no timer of its own', () => {
    const deadline = start();
    for (let turn = 0; turn < 1000; turn++) deadline.touch();

    expect(jest.getTimerCount()).toBe(1);
  });

  it('in a pause makes the whole time run from its end', () => {
    const deadline = start();
    jest.advanceTimersByTime(900);
    deadline.pause();
    jest.advanceTimersByTime(50);
    deadline.touch();
    jest.advanceTimersByTime(50);
    deadline.resume();
    jest.advanceTimersByTime(LIMIT_MS - 1);
    expect(strikes).toEqual([]);

    jest.advanceTimersByTime(1);
    expect(strikes).toEqual([2000]);
  });
});

describe('a repeated deadline', () => {
  it('strikes once, and again only after a touch', () => {
    const deadline = start(LIMIT_MS, true);
    jest.advanceTimersByTime(3500);
    expect(strikes).toEqual([1000]);

    deadline.touch();
    jest.advanceTimersByTime(3500);
    expect(strikes).toEqual([1000, 4500]);
  });

  it('touched in a pause strikes after it', () => {
    const deadline = start(LIMIT_MS, true);
    jest.advanceTimersByTime(1500);
    deadline.pause();
    deadline.touch();
    jest.advanceTimersByTime(10_000);
    deadline.resume();
    jest.advanceTimersByTime(5000);

    expect(strikes).toEqual([1000, 12_500]);
  });
});
