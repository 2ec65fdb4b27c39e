import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LiteralFilter } from '../../../src/detector/literal-filter.js';

describe('a filter', () => {
  it('finds the first place where one of its texts stands', () => {
    const text = fc.stringMatching(/^[ab!]{4,6}$/);
    const bytes = fc.stringMatching(/^[abAB!\n]{0,200}$/);
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), bytes, fc.nat(50), (texts, line, from) => {
        // A text in which another one stands is found by that.
        const smallest = texts.filter((each) => !texts.some((other) => other !== each && each.includes(other)));
        const places = smallest.map((each) => line.toLowerCase().indexOf(each, from)).filter((at) => at !== -1);
        const found = new LiteralFilter(texts).find(Buffer.from(line), from, line.length);
        expect(found).toBe(places.length === 0 ? -1 : Math.min(...places));
      }),
      { numRuns: 2000 },
    );
  });

  it('never denies a text that is there, wherever it stands', () => {
    const text = fc.oneof(
      fc.stringMatching(/^[a-c!]{4,12}$/),
      fc.constantFrom('command not found', 'done!', 'usage limit'),
    );
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 6000 }),
        fc.nat(),
        fc.constantFrom('x', 'a', 'b!', 'ab', 'done', 'limit '),
        fc.nat(20),
        (texts, length, at, filling, from) => {
          const filter = new LiteralFilter(texts);
          const padding = filling.repeat(length).slice(0, length);
          const empty = Buffer.from(padding);
          const start = Math.min(empty.length, from + (at % (length + 1)));
          const line = Buffer.from(
            `${padding.slice(0, start)}${(texts[0] ?? '').toUpperCase()}${padding.slice(start)}`,
          );

          if (start >= from) expect(filter.mayHave(line, from, line.length)).toBe(true);
          if (filter.find(empty, from, length) !== -1) expect(filter.mayHave(empty, from, length)).toBe(true);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('passes over what has no text', () => {
    const filter = new LiteralFilter(['command not found', 'done!', 'usage limit reached']);
    const log = Buffer.from('compiling src/gateway/executor.ts, 12 of 350, in 8 ms!\n'.repeat(20));

    expect(filter.mayHave(log, 0, log.length)).toBe(false);
    expect(filter.find(log, 0, log.length)).toBe(-1);
  });

  it('holds the texts of JSON lines to lines that begin with a brace', () => {
    const filter = new LiteralFilter(['done!'], ['"result"']);
    const json = Buffer.from('x\n{"type":"RESULT"}\n');
    const isIn = (line: string): boolean => filter.isIn(Buffer.from(line));

    expect(filter.mayHave(json, 0, json.length)).toBe(true);
    expect(filter.mayHave(json, 0, json.indexOf('"RESULT"'))).toBe(false);
    expect(filter.find(json, 0, json.length)).toBe(json.indexOf('"RESULT"'));
    expect(['{"type":"result"}', '{"a": 1}done!', 'all done!', '{}'].map(isIn)).toEqual([true, true, true, false]);
    expect(['the "result" of it', '', ' {"type":"result"}'].map(isIn)).toEqual([false, false, false]);
    expect(new LiteralFilter([], ['"result"']).mayHave(json, 0, json.length)).toBe(true);
    expect(new LiteralFilter([], ['"result"']).isIn(Buffer.from('"result"'))).toBe(false);
  });

  it('looks no further than it is to', () => {
    const filter = new LiteralFilter(['done!']);

    expect(filter.find(Buffer.from('xDone!'), 0, 6)).toBe(1);
    expect(filter.find(Buffer.from('xDone!'), 0, 5)).toBe(-1);
    expect(filter.find(Buffer.from('xDone!'), 2, 6)).toBe(-1);
  });

  it('finds texts beyond ASCII as they are', () => {
    const line = Buffer.from('das ist fertig ✅✅ ÄÖÜ');

    expect(new LiteralFilter(['✅✅']).find(line, 0, line.length)).toBe(15);
    expect(new LiteralFilter(['äöü']).find(line, 0, line.length)).toBe(-1);
  });
});
