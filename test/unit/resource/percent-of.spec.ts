import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { percentOf } from '../../../src/resource/percent-of.js';

describe('a percent', () => {
  it.each([
    [1, 4, 25],
    [1, 3, 33.3],
    [0, 5, 0],
    [6, 5, 100],
    [-1, 5, 0],
    [1, 0, null],
    [1, -1, null],
    [NaN, 1, null],
    [1, NaN, null],
    [Infinity, Infinity, null],
  ])('that %d is of %d is %p', (part, whole, expected) => {
    expect(percentOf(part, whole)).toBe(expected);
  });

  it('is between 0 and 100, or none', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (part, whole) => {
        const percent = percentOf(part, whole);
        expect(percent === null || (percent >= 0 && percent <= 100)).toBe(true);
      }),
    );
  });
});
