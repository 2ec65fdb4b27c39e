import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { characterBoundary } from '../../../src/stream/character-boundary.js';
import { hostileBytes, hostileText } from '../support/hostile-bytes.js';

describe('the character boundary', () => {
  it.each<[string, string, number, number]>([
    ['nothing', '', 0, 0],
    ['before everything', 'e282ac', 0, 0],
    ['after ASCII', '6162', 1, 1],
    ['after two bytes', 'c3a9', 2, 2],
    ['within two bytes', '61c3a9', 2, 1],
    ['after three bytes', 'e282ac', 3, 3],
    ['one byte into three', '61e282ac', 2, 1],
    ['two bytes into three', '61e282ac', 3, 1],
    ['after four bytes', 'f09f9880', 4, 4],
    ['one byte into four', '61f09f9880', 2, 1],
    ['two bytes into four', '61f09f9880', 3, 1],
    ['three bytes into four', '61f09f9880', 4, 1],
    ['within the first character', 'f09f9880', 3, 0],
    ['after stray continuations', '80808080', 4, 4],
    ['after one continuation too many', 'e282ac80', 4, 4],
    ['after a byte that never begins a character', '61ff', 2, 2],
    ['after the head of an overlong form', '61c0', 2, 2],
    ['after the head of what lies beyond U+10FFFF', '61f5', 2, 2],
  ])('%s (%s to %d) is %d', (_, hex, end, boundary) => {
    expect(characterBoundary(Buffer.from(hex, 'hex'), end)).toBe(boundary);
  });

  it('cuts valid text into two valid parts, as late as it can', () => {
    fc.assert(
      fc.property(hostileText, fc.nat(200), (text, wanted) => {
        const end = Math.min(wanted, text.length);
        const boundary = characterBoundary(text, end);
        expect(isUtf8(text.subarray(0, boundary)) && isUtf8(text.subarray(boundary))).toBe(true);
        for (let later = boundary + 1; later <= end; later++) expect(isUtf8(text.subarray(0, later))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('cuts anything so that both parts read as they would uncut', () => {
    fc.assert(
      fc.property(hostileBytes, fc.nat(60), (bytes, wanted) => {
        const boundary = characterBoundary(bytes, Math.min(wanted, bytes.length));
        expect(boundary).toBeGreaterThanOrEqual(Math.min(wanted, bytes.length) - 3);
        expect(bytes.toString('utf8', 0, boundary) + bytes.toString('utf8', boundary)).toBe(bytes.toString());
      }),
      { numRuns: 1000 },
    );
  });
});
