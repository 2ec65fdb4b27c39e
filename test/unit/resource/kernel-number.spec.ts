import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { kernelNumber } from '../../../src/resource/kernel-number.js';

describe('a number of the kernel', () => {
  it.each([
    ['0', 0],
    ['42\n', 42],
    [' 7 ', 7],
    ['1.25', 1.25],
    ['9223372036854771712', 9_223_372_036_854_771_712],
  ])('is read from %j', (text, expected) => {
    expect(kernelNumber(text)).toBe(expected);
  });

  it.each([
    null,
    undefined,
    '',
    ' ',
    'max',
    '-1',
    '+1',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '1 2',
    '1,5',
    '.',
    '1.',
    '9'.repeat(400),
  ])('is not %j', (text) => {
    expect(kernelNumber(text)).toBeNull();
  });

  it('is finite and not negative, or none, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const number = kernelNumber(text);
        expect(number === null || (Number.isFinite(number) && number >= 0)).toBe(true);
      }),
    );
  });
});
