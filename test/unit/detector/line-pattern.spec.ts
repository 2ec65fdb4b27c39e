import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { detectorPattern, type DetectorPattern, lowerAscii } from '../../../src/config/detector-pattern.js';
import { matchLine } from '../../../src/detector/line-pattern.js';

function pattern(text: string): DetectorPattern {
  const read = detectorPattern(text);
  if (typeof read === 'string') throw new Error(read);
  return read;
}

function match(text: string, line: string): ReturnType<typeof matchLine> {
  return matchLine(pattern(text), line, lowerAscii(line));
}

/** The same as a regular expression that may go back. */
function expression({ segments, isAtStart, isAtEnd }: DetectorPattern): RegExp {
  const quoted = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const parts = segments.map(({ before, capture, after }) => {
    // As long as it can be: nothing of its kind follows.
    const value = capture === null ? '' : before === '' ? '[0-9.]+' : '[0-9.]+(?![0-9.])';
    return `${quoted(before)}${value}${quoted(after)}`;
  });
  return new RegExp(`${isAtStart ? '^' : ''}${parts.join('[^]*?')}${isAtEnd ? '$' : ''}`, 'i');
}

describe('a line', () => {
  it.each([
    ['^Done!$', 'Done!', 'Done!'],
    ['^Done!$', 'DONE!', 'DONE!'],
    ['^Done!$', 'Done! Really', null],
    ['^Done!$', 'Not Done!', null],
    ['^Done!$', 'Done!Done!', null],
    ['Done!$', 'Done!Done!', 'Done!'],
    ['^Done!*Done!$', 'Done!', null],
    ['one*four', 'four one', null],
    ['one*four', 'one four four', 'one four'],
  ])('with %s: %s', (text, line, found) => {
    expect(match(text, line)?.text ?? null).toBe(found);
  });

  it.each([
    ['created file: <path>', 'Created file: /a/b c', { path: '/a/b' }],
    ['created file: <path>', 'Created file:  x', null],
    ['<command>: command not found$', 'bash: line 1: foo: command not found', { command: 'foo' }],
    ['<command>: command not found$', ': command not found', null],
    ['^<command>: command not found$', 'foo: command not found', { command: 'foo' }],
    ['^<command>: command not found$', 'bash: foo: command not found', null],
    ['^sh: *: <command>: not found$', 'sh: 1: foo: not found', { command: 'foo' }],
    ['^sh: *: <command>: not found$', 'sh: foo: not found', null],
    ['after <seconds> sec', 'after a while, after 5 min, after 30 sec', { seconds: '30' }],
    ['prompt is too long*> <limit> maximum', 'prompt is too long: 2,300 tokens > 1,000 maximum', { limit: '1,000' }],
    ['limit reached|<time>', 'usage limit reached|1760000000', { time: '1760000000' }],
    ['wait <seconds>$', 'wait 5 wait 6', { seconds: '6' }],
    ['wait <seconds>$', 'wait 5 wait 6 s', null],
  ])('with %s: %s', (text, line, captures) => {
    expect(match(text, line)?.captures ?? null).toEqual(captures);
  });

  it('fits where a regular expression finds it', () => {
    const literal = fc.stringMatching(/^[ab:]{1,2}$/);
    const segment = fc.oneof(
      literal.map((before) => ({ before, capture: null, after: '' })),
      literal.map((before) => ({ before, capture: 'seconds' as const, after: '' })),
      literal.map((after) => ({ before: '', capture: 'seconds' as const, after })),
      fc.tuple(literal, literal).map(([before, after]) => ({ before, capture: 'seconds' as const, after })),
    );
    const asked = fc.record({
      isAtStart: fc.boolean(),
      isAtEnd: fc.boolean(),
      segments: fc
        .tuple(segment, fc.array(segment, { maxLength: 2 }))
        .map(([first, others]) => [first, ...others] as const),
      literal: fc.constant(''),
    });
    const line = fc.stringMatching(/^([abA:]|[0-9]){0,24}$/);
    let fitting = 0;
    fc.assert(
      fc.property(asked, line, (given, text) => {
        const isFound = matchLine(given, text, lowerAscii(text)) !== null;
        if (isFound) fitting++;
        expect(isFound).toBe(expression(given).test(text));
      }),
      { numRuns: 5000 },
    );
    expect(fitting).toBeGreaterThan(100);
  });

  it.each([
    ['aaaa<seconds>b', 'aaaa1'],
    ['aaaa<seconds>b', 'a'],
    ['a<path> bbbb', 'a'],
    ['<path>: not found$', 'x: not found'],
    ['^<path>: not found', ': not found'],
    ['aaaa*aaaa*aaaa*b', 'a'],
    ['aaaa<limit>$', 'aaaa1'],
  ])('takes time in proportion to its length: %s', (text, part) => {
    const line = part.repeat(400_000);
    const startedAt = performance.now();
    match(text, line);

    // What grows with the square takes hours here.
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
