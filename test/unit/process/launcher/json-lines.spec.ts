import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JsonLines } from '../../../../src/process/launcher/json-lines.js';

function taken(texts: readonly string[]): unknown[] {
  const values: unknown[] = [];
  const lines = new JsonLines<unknown>((value) => values.push(value));
  for (const text of texts) lines.push(text);
  return values;
}

describe('JSON lines', () => {
  it('are taken when they are whole', () => {
    expect(taken(['{"a":1}\n', '{"b"', ':', '2}', '\n{"c":3}\n{"d":4}\n{"e'])).toEqual([
      { a: 1 },
      { b: 2 },
      { c: 3 },
      { d: 4 },
    ]);
  });

  it('come out as they went in, wherever they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 6 }),
        fc.array(fc.nat(20), { minLength: 1 }),
        (values, sizes) => {
          const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
          const pieces: string[] = [];
          for (let at = 0, turn = 0; at < text.length; turn++) {
            const size = 1 + sizes[turn % sizes.length]!;
            pieces.push(text.slice(at, at + size));
            at += size;
          }
          expect(taken(pieces)).toEqual(JSON.parse(JSON.stringify(values)));
        },
      ),
    );
  });

  it('may hold line separators that JSON does not escape', () => {
    expect(taken([`${JSON.stringify('a\u2028b\u0085c')}\n`])).toEqual(['a\u2028b\u0085c']);
  });
});
