import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OutputExcerpt } from '../../../src/hook/output-excerpt.js';

function excerptOf(text: string, cuts: readonly number[]): OutputExcerpt {
  const excerpt = new OutputExcerpt();
  const bytes = Buffer.from(text);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  ends.forEach((end, index) => {
    const data = Buffer.from(bytes.subarray(ends[index - 1] ?? 0, end));
    excerpt.add({ stream: 'stdout', data, perLine: false, count: 1, offset: 0, piece: null, truncated: false });
    // Who reads into one buffer again and again may do so.
    data.fill(0);
  });
  return excerpt;
}

const cuts = fc.array(fc.nat(300_000), { maxLength: 20 });

describe('the excerpt of an output', () => {
  it('of few lines is all of them, at both ends', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{0,50}$/), { minLength: 1, maxLength: 100 }), cuts, (lines, at) => {
        const excerpt = excerptOf(`${lines.join('\n')}\n`, at);

        expect(excerpt.firstLines('stdout')).toEqual(lines);
        expect(excerpt.firstLines('stdout')).toEqual(lines);
        expect(excerpt.lastLines('stdout')).toEqual(lines);
        expect(excerpt.lastLines('stderr')).toEqual([]);
      }),
    );
  });

  it('of many lines is the first and the last hundred', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 40_000 }), cuts, (count, at) => {
        const lines = Array.from({ length: count }, (_, index) => `line ${index}`);
        const excerpt = excerptOf(lines.join('\n'), at);

        expect(excerpt.firstLines('stdout')).toEqual(lines.slice(0, 100));
        expect(excerpt.lastLines('stdout')).toEqual(lines.slice(-100));
      }),
      { numRuns: 40 },
    );
  });

  it('has no line of more than a thousand characters, however long they are', () => {
    const excerpt = excerptOf(`${'a'.repeat(200_000)}\nb\n${'c'.repeat(5000)}\nd`, [70_000]);

    expect(excerpt.firstLines('stdout')).toEqual(['a'.repeat(1000)]);
    expect(excerpt.lastLines('stdout')).toEqual(['b', 'c'.repeat(1000), 'd']);
  });
});
