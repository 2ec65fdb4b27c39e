import { beforeEach, describe, expect, it } from '@jest/globals';
import { BoundedKeys } from '../../../../src/policy/rate/bounded-keys.js';

const WINDOW_MS = 1000;
const MOST = 10_000;

let now: number;
let keys: BoundedKeys;

beforeEach(() => {
  now = 5000;
  keys = new BoundedKeys(WINDOW_MS, () => now);
});

/** How many counts there are for so many addresses that come now. */
function counts(name: string, addresses: number): number {
  return new Set(Array.from({ length: addresses }, (_, index) => keys.bounded(`address:${name}${String(index)}`))).size;
}

describe('addresses', () => {
  it('have a count each, as long as they are few', () => {
    expect(counts('a', MOST)).toBe(MOST);
  });

  it('share one beyond the bound, until the next window', () => {
    counts('a', MOST);

    expect(counts('b', 5000)).toBe(1);
    now += WINDOW_MS;
    expect(counts('b', 5000)).toBe(5000);
  });

  it('that have one keep it in a flood of others', () => {
    expect(keys.bounded('address:mine')).toBe('address:mine');
    counts('flood', 2 * MOST);
    expect(keys.bounded('address:mine')).toBe('address:mine');
    now += WINDOW_MS;
    counts('other', 2 * MOST);
    expect(keys.bounded('address:mine')).toBe('address:mine');
  });

  it('are forgotten after two windows', () => {
    keys.bounded('address:mine');
    now += 2 * WINDOW_MS;
    counts('flood', MOST);

    expect(keys.bounded('address:mine')).not.toBe('address:mine');
  });
});

describe('a token', () => {
  it('always has a count of its own', () => {
    counts('flood', 2 * MOST);

    expect(keys.bounded('token:ci')).toBe('token:ci');
  });
});
