import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RateLimit } from '../../../../src/policy/rate/rate-limit.js';

const ALICE = { tokenName: 'alice', address: '127.0.0.1' };
const BOB = { tokenName: 'bob', address: '127.0.0.1' };
const HERE = { tokenName: null, address: '127.0.0.1' };
const THERE = { tokenName: null, address: '127.0.0.2' };

let limit: RateLimit;

beforeEach(() => {
  jest.useFakeTimers();
  limit = new RateLimit('requests', { count: 3, seconds: 10 }, null);
});

afterEach(() => {
  jest.useRealTimers();
});

async function takes(client: typeof ALICE | typeof HERE, count: number): Promise<(number | null)[]> {
  const waits: (number | null)[] = [];
  for (let turn = 0; turn < count; turn++) waits.push(await limit.take(client));
  return waits;
}

describe('a limit', () => {
  it('lets so many through, and tells how long the others are to wait', async () => {
    expect(await takes(ALICE, 3)).toEqual([null, null, null]);
    jest.advanceTimersByTime(4000);
    expect(await takes(ALICE, 2)).toEqual([6000, 6000]);
  });

  it('lets through again when the time it told is over, and not before', async () => {
    await takes(ALICE, 3);
    const [waitMs] = await takes(ALICE, 1);
    jest.advanceTimersByTime(waitMs! - 1);
    expect(await takes(ALICE, 1)).toEqual([1]);
    jest.advanceTimersByTime(1);
    expect(await takes(ALICE, 4)).toEqual([null, null, null, 10_000]);
  });

  it.each([
    ['another token at the same address', ALICE, BOB],
    ['a client without a token', ALICE, HERE],
    ['another address', HERE, THERE],
  ])('holds for one client, and not for %s', async (_, one, other) => {
    await takes(one, 4);

    expect(await takes(other, 3)).toEqual([null, null, null]);
  });

  it('holds for a token at all its addresses together', async () => {
    await takes(ALICE, 3);

    expect(await takes({ ...ALICE, address: '192.0.2.1' }, 1)).toEqual([10_000]);
  });

  it('tells no longer wait than its window, whatever the clock does', async () => {
    await takes(ALICE, 3);
    jest.setSystemTime(Date.now() - 86_400_000);

    expect(await takes(ALICE, 1)).toEqual([10_000]);
  });
});
