import { describe, expect, it } from '@jest/globals';
import { WaitedCpu } from '../../../../src/process/launcher/waited-cpu.js';

/** A counter that the test moves, and what children are told of it. */
function setUp(start: number): {
  set: (ticks: number) => void;
  end: (seen: number, unseenMs: number) => Promise<number>;
} {
  let counter = start;
  const waited = new WaitedCpu(() => counter);
  return {
    set: (ticks) => {
      counter = ticks;
    },
    end: (seen, unseenMs) =>
      new Promise((resolve) => {
        waited.add({ seen, unseenMs, account: resolve });
      }),
  };
}

describe('the CPU time of children that were waited for', () => {
  it('is what the counter grows by at their end', async () => {
    const { set, end } = setUp(100);
    set(130);

    expect(await end(0, 10)).toBe(30);
    expect(await end(0, 10)).toBe(0);
    set(135);
    expect(await end(0, 10)).toBe(5);
  });

  it('is shared by those that end in one turn', async () => {
    const { set, end } = setUp(0);
    const ends = [end(10, 100), end(0, 300)];
    set(50);

    expect(await Promise.all(ends)).toEqual([20, 30]);
    expect(await end(0, 1)).toBe(0);
  });
});
