import { describe, expect, it } from '@jest/globals';
import { detectorPattern, lowerAscii } from '../../../src/config/detector-pattern.js';

describe('a pattern', () => {
  it('is read into segments', () => {
    expect(detectorPattern('^Rate  limit*\\*again in <seconds>s, or \\<never>$')).toEqual({
      isAtStart: true,
      isAtEnd: true,
      segments: [
        { before: 'rate  limit', capture: null, after: '' },
        { before: '*again in ', capture: 'seconds', after: 's, or <never>' },
      ],
      literal: 's, or <never>',
    });
  });

  it.each([
    ['price is 5\\$', false],
    ['a back-slash \\\\$', true],
    ['a dollar$', true],
    ['many stars ****', false],
  ])('%s ends where it is to: %j', (text, isAtEnd) => {
    expect(detectorPattern(text)).toMatchObject({ isAtEnd, segments: [expect.anything()] });
  });

  it.each([
    ['abc', '4 bytes or more'],
    ['a*b*c*d', '4 bytes or more'],
    ['', '4 bytes or more'],
    ['<path>', 'text beside <path>'],
    ['created <file>', 'has <file>; there are <path>'],
    ['from <path> to <command>', '* or nothing between <path> and <command>'],
    ['from <path>* to <path>', 'each place once'],
    ['took <seconds>0 s', 'must not go on after <seconds> with "0"'],
    ['file <path>!', 'must not go on after <path>'],
    ['two\nlines', 'within one line'],
    ['x'.repeat(257), 'at most 256'],
  ])('%j is refused', (text, fault) => {
    expect(detectorPattern(text)).toContain(fault);
  });

  it('has lower case letters that stand where they stood', () => {
    expect(lowerAscii('ÄBC İxYz')).toBe('Äbc İxyz');
  });
});
