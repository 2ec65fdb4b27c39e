import { beforeEach, describe, expect, it } from '@jest/globals';
import { FifoPool } from '../../../src/process/fifo-pool.js';

let asked: number[];
let made: number;
let pool: FifoPool;

beforeEach(() => {
  asked = [];
  made = 0;
  pool = new FifoPool((count) => asked.push(count));
});

/** Makes paths and adds them, as the launcher does when it was asked. */
function add(count: number): void {
  pool.add(Array.from({ length: count }, () => `p${++made}`));
}

/** Answers every question, and the questions that follow from that. */
function answerAll(): void {
  for (let count = asked.shift(); count !== undefined; count = asked.shift()) add(count);
}

/** Turns of the event loop in which all who can be served are: one in each. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

describe('a pool', () => {
  it('asks for paths before anyone wants one', () => {
    pool.reset();

    expect(total(asked)).toBeGreaterThanOrEqual(64);
  });

  it('gives at once what is there', () => {
    pool.reset();
    answerAll();

    expect(pool.take(2)).toHaveLength(2);
    expect(pool.take(3)).toHaveLength(3);
  });

  it('gives each path once', async () => {
    pool.reset();
    const all: string[] = [];
    for (let turn = 0; turn < 400; turn++) {
      if (turn % 7 === 0) answerAll();
      const paths = pool.take(2 + (turn % 2));
      if (!Array.isArray(paths)) answerAll();
      all.push(...(await paths));
    }

    expect(all).toHaveLength(1000);
    expect(new Set(all).size).toBe(1000);
  });

  it('asks for more in time', () => {
    pool.reset();
    answerAll();
    let taken = 0;
    while (asked.length === 0 && taken < 1000) {
      expect(pool.take(1)).toHaveLength(1);
      taken++;
    }
    const left = made - taken;

    expect(left).toBeGreaterThanOrEqual(32);
    expect(asked).toHaveLength(1);
  });

  it('does not ask twice for the same want', () => {
    pool.reset();
    answerAll();
    for (let count = 0; count < 100; count++) void pool.take(1);

    expect(total(asked)).toBeLessThanOrEqual(200);
  });

  it('lets who comes to an empty pool wait, in the order of coming', async () => {
    pool.reset();
    const order: number[] = [];
    for (const turn of [1, 2, 3]) void Promise.resolve(pool.take(3)).then(() => order.push(turn));
    await settle();
    expect(order).toEqual([]);

    answerAll();
    await settle();
    expect(order).toEqual([1, 2, 3]);
  });

  it('lets no one pass who waits', async () => {
    pool.reset();
    const first = pool.take(3);
    expect(Array.isArray(first)).toBe(false);
    const second = pool.take(1);
    expect(Array.isArray(second)).toBe(false);
    answerAll();

    expect((await Promise.all([first, second])).map(({ length }) => length)).toEqual([3, 1]);
  });

  it('wakes everyone who waits, however few paths come at a time', async () => {
    pool.reset();
    asked = [];
    let woken = 0;
    for (let turn = 0; turn < 50; turn++) void Promise.resolve(pool.take(3)).then(() => woken++);
    for (let count = 0; count < 150; count++) {
      add(1);
      await settle();
    }

    expect(woken).toBe(50);
  });

  it('has enough asked for all who wait', () => {
    pool.reset();
    for (let turn = 0; turn < 300; turn++) void pool.take(3);

    expect(total(asked)).toBeGreaterThanOrEqual(900);
  });

  it('never asks for more at once than one command line of mkfifo holds', () => {
    pool.reset();
    for (let turn = 0; turn < 20_000; turn++) void pool.take(3);

    // 2 MB of arguments, of paths of 100 bytes and more.
    for (const count of asked) expect(count).toBeLessThanOrEqual(10_000);
  });

  it('forgets all paths at a reset: another makes them from then on', async () => {
    pool.reset();
    answerAll();
    pool.reset();
    const before = made;
    const taken = pool.take(2);
    expect(Array.isArray(taken)).toBe(false);
    answerAll();

    for (const path of await taken) expect(Number(path.slice(1))).toBeGreaterThan(before);
  });

  it('lets no one wait whose paths will not come', async () => {
    pool.reset();
    const waiting = [pool.take(2), pool.take(3)];
    pool.fail(new Error('gone'));

    for (const taken of waiting) await expect(taken).rejects.toThrow('gone');
  });

  it('asks a new maker for what no one was there to make', async () => {
    pool.reset();
    pool.fail(new Error('gone'));
    const taken = pool.take(2);
    // Whoever was asked meanwhile is not there.
    asked = [];
    pool.reset();
    expect(total(asked)).toBeGreaterThan(0);
    answerAll();

    expect(await taken).toHaveLength(2);
  });
});
