import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { OutputOptions } from '../../../src/stream/output-options.js';
import type { UnnumberedOutput } from '../../../src/stream/output-record.js';
import { OUTPUT_CHUNK_BYTES, OutputSplitter } from '../../../src/stream/output-splitter.js';
import { cut, hostileBytes, hostileText, largeCuts, smallCuts } from '../support/hostile-bytes.js';

const LINE_BUFFER_BYTES = 200_000;
const NEWLINE = 10;

/** One event as a client gets it. */
interface Event {
  readonly data: Buffer;
  readonly offset: number;
  readonly piece: UnnumberedOutput['piece'];
  readonly truncated: boolean;
}

function options(given: Partial<OutputOptions> = {}): OutputOptions {
  return { mode: 'line', encoding: 'utf8', maxLineBytes: null, ...given };
}

/** What the splitter emits for these reads, and how much of the input was out after each. */
function split(reads: readonly Buffer[], given: Partial<OutputOptions>, lineBufferBytes = LINE_BUFFER_BYTES) {
  const records: UnnumberedOutput[] = [];
  const splitter = new OutputSplitter('stdout', options(given), lineBufferBytes, (output) => {
    records.push({ ...output, data: Buffer.from(output.data) });
    outBytes += output.data.length;
  });
  const out: number[] = [];
  let outBytes = 0;
  for (const read of reads) {
    splitter.push(read);
    // The reader reuses its buffer: nothing that is held may point into it.
    read.fill(0xaa);
    out.push(outBytes);
  }
  splitter.end();
  return { records, out, events: records.flatMap(eventsOf) };
}

function eventsOf(record: UnnumberedOutput): Event[] {
  const { offset, piece, truncated } = record;
  const parts = record.perLine ? lines(record.data) : [record.data];
  expect(parts.length).toBe(record.count);
  let at = offset;
  return parts.map((data) => {
    const event = { data, offset: at, piece, truncated };
    at += data.length;
    return event;
  });
}

/** Each line with its newline; the last may lack it. */
function lines(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline === -1 ? bytes.length : newline + 1;
    found.push(bytes.subarray(at, end));
    at = end;
  }
  return found;
}

function joined(parts: readonly { readonly data: Buffer }[]): Buffer {
  return Buffer.concat(parts.map(({ data }) => data));
}

/** A line, or the begin of one, of about a size at which something changes, of characters of one to four bytes. */
const longLine = fc
  .tuple(
    fc.constantFrom('x', '€', '😀', '\u00ff'),
    fc.constantFrom(OUTPUT_CHUNK_BYTES, 2 * OUTPUT_CHUNK_BYTES, LINE_BUFFER_BYTES, 300_000),
    fc.integer({ min: -4, max: 4 }),
    fc.boolean(),
  )
  .map(([unit, size, more, ends]) => {
    const line = Buffer.alloc(size + more, unit);
    return ends ? line.fill('\n', line.length - 1) : line;
  });

const longInput = fc
  .array(fc.oneof(hostileBytes, longLine), { minLength: 1, maxLength: 3 })
  .map((parts) => Buffer.concat(parts));

/** Bytes, and the sizes of the reads in which they come. */
const anyInput = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(hostileBytes, smallCuts) },
  { weight: 1, arbitrary: fc.tuple(longInput, largeCuts) },
);
const modes = fc.constantFrom('line', 'lines', 'chunk');
const encodings = fc.constantFrom('utf8', 'base64');

describe('any bytes, read in any pieces, in any mode', () => {
  it('come out whole, once, in order and at their offsets', () => {
    fc.assert(
      fc.property(anyInput, modes, encodings, ([bytes, sizes], mode, encoding) => {
        const { records, events } = split(cut(bytes, sizes), { mode, encoding });
        expect(joined(records).equals(bytes)).toBe(true);
        expect(events.every(({ truncated }) => !truncated)).toBe(true);
        let offset = 0;
        for (const event of events) {
          expect(event.offset).toBe(offset);
          offset += event.data.length;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('come in events that are never empty and never over the chunk size', () => {
    fc.assert(
      fc.property(anyInput, modes, encodings, ([bytes, sizes], mode, encoding) => {
        for (const { data } of split(cut(bytes, sizes), { mode, encoding }).events) {
          expect(data.length > 0 && data.length <= OUTPUT_CHUNK_BYTES).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('read as the whole would, invalid bytes included', () => {
    fc.assert(
      fc.property(anyInput, modes, ([bytes, sizes], mode) => {
        const { events } = split(cut(bytes, sizes), { mode, encoding: 'utf8' });
        expect(events.map(({ data }) => data.toString()).join('') === bytes.toString()).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('never have a character cut in two', () => {
    const longText = fc
      .tuple(fc.constantFrom('€', '😀', 'aé', 'aa€'), fc.nat(3))
      .map(([unit, first]) => Buffer.from('x'.repeat(first) + unit.repeat(50_000)));
    const text = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(hostileText, smallCuts) },
      { weight: 1, arbitrary: fc.tuple(longText, largeCuts) },
    );
    fc.assert(
      fc.property(text, modes, ([bytes, sizes], mode) => {
        for (const { data } of split(cut(bytes, sizes), { mode, encoding: 'utf8' }).events)
          expect(isUtf8(data)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('leave nothing behind but an unfinished line within the buffer, or an unfinished character', () => {
    fc.assert(
      fc.property(anyInput, modes, encodings, ([bytes, sizes], mode, encoding) => {
        const reads = cut(bytes, sizes);
        let read = 0;
        const ends = reads.map(({ length }) => (read += length));
        const { out } = split(reads, { mode, encoding });
        ends.forEach((end, index) => {
          const unfinishedLine = end - (bytes.lastIndexOf(NEWLINE, end - 1) + 1);
          const allowed = mode !== 'chunk' ? Math.min(unfinishedLine, LINE_BUFFER_BYTES) : encoding === 'utf8' ? 3 : 0;
          expect(end - out[index]!).toBeLessThanOrEqual(end === 0 ? 0 : allowed);
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe('line mode', () => {
  it('makes of each line one event, or pieces of a line that is too long for one', () => {
    fc.assert(
      fc.property(anyInput, encodings, ([bytes, sizes], encoding) => {
        const { events } = split(cut(bytes, sizes), { mode: 'line', encoding });
        const rest = [...events];
        for (const line of lines(bytes)) {
          const pieces = [rest.shift()!];
          if (line.length <= OUTPUT_CHUNK_BYTES) {
            expect(pieces[0]!.piece).toBeNull();
          } else {
            while (rest[0]?.piece != null && rest[0].piece.index > 0) pieces.push(rest.shift()!);
            expect(pieces.map(({ piece }) => piece?.index)).toEqual(pieces.map((_, index) => index));
            const totals = new Set(pieces.map(({ piece }) => piece?.total));
            expect(totals.size).toBe(1);
            if (line.length <= LINE_BUFFER_BYTES || !totals.has(null)) expect([...totals]).toEqual([pieces.length]);
          }
          expect(joined(pieces).equals(line)).toBe(true);
        }
        expect(rest).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it.each<[number, (number | null)[]]>([
    [OUTPUT_CHUNK_BYTES, [null]],
    [OUTPUT_CHUNK_BYTES + 1, [2, 2]],
    [2 * OUTPUT_CHUNK_BYTES, [2, 2]],
    [LINE_BUFFER_BYTES, [4, 4, 4, 4]],
    [LINE_BUFFER_BYTES + OUTPUT_CHUNK_BYTES + 1, [null, null, null, null, null]],
  ])('tells for a line of %d bytes of how many pieces it is: %j', (length, totals) => {
    const line = Buffer.alloc(length, 'x').fill('\n', length - 1);
    const { events } = split(cut(line, [4096]), {});

    expect(events.map(({ piece }) => piece?.total ?? null)).toEqual(totals);
  });

  it('numbers the pieces of every long line from 0', () => {
    const line = Buffer.alloc(100_000, 'x').fill('\n', 99_999);
    const { events } = split(cut(Buffer.concat([line, Buffer.from('short\n'), line]), [65_536]), {});

    expect(events.map(({ piece }) => piece?.index ?? null)).toEqual([0, 1, null, 0, 1]);
  });

  it('makes the last line an event as it is', () => {
    expect(split([Buffer.from('a\nb')], {}).events.map(({ data }) => data.toString())).toEqual(['a\n', 'b']);
  });

  it('makes no event of nothing', () => {
    expect(split([], {}).events).toEqual([]);
    expect(split([Buffer.alloc(0)], {}).events).toEqual([]);
  });

  it('keeps lines that were read together in one record', () => {
    const { records } = split([Buffer.from('a\nb\n\nc\nd')], {});

    expect(records.map(({ data, count, perLine }) => [data.toString(), count, perLine])).toEqual([
      ['a\nb\n\nc\n', 4, true],
      ['d', 1, false],
    ]);
  });
});

describe('lines mode', () => {
  it('ends every event at a line’s end, but for pieces and the last', () => {
    fc.assert(
      fc.property(anyInput, encodings, ([bytes, sizes], encoding) => {
        const { events } = split(cut(bytes, sizes), { mode: 'lines', encoding });
        events.forEach(({ data, piece }, index) => {
          if (piece === null && index < events.length - 1) expect(data.at(-1)).toBe(NEWLINE);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('lets lines that were read together travel together', () => {
    const { events } = split([Buffer.from('a\nb\n'), Buffer.from('c\nd\ne'), Buffer.from('f\n')], { mode: 'lines' });

    expect(events.map(({ data }) => data.toString())).toEqual(['a\nb\n', 'c\nd\n', 'ef\n']);
  });

  it('fills an event up to the chunk size, and no further', () => {
    const line = Buffer.alloc(1000, 'x').fill('\n', 999);
    const all = Buffer.concat(Array.from({ length: 70 }, () => line));
    const { events } = split(
      [Buffer.from(all.subarray(0, 500)), Buffer.from(all.subarray(500, 66_000)), Buffer.from(all.subarray(66_000))],
      { mode: 'lines' },
    );

    expect(events.map(({ data }) => data.length)).toEqual([65_000, 1000, 4000]);
  });
});

describe('chunk mode', () => {
  it('passes on what was read, as it was read', () => {
    const { events } = split([Buffer.from('a\nb'), Buffer.from('c'), Buffer.from('\n')], { mode: 'chunk' });

    expect(events.map(({ data }) => data.toString())).toEqual(['a\nb', 'c', '\n']);
  });

  it('passes on exactly the reads in base64', () => {
    fc.assert(
      fc.property(anyInput, ([bytes, sizes]) => {
        const reads = cut(bytes, sizes);
        const lengths = reads.map(({ length }) => length);
        expect(split(reads, { mode: 'chunk', encoding: 'base64' }).events.map(({ data }) => data.length)).toEqual(
          lengths,
        );
      }),
    );
  });

  it('waits for the rest of a character, and lets it go at the end', () => {
    const reads = ['61e2', '82', 'ac62', 'f09f'].map((hex) => Buffer.from(hex, 'hex'));
    const { events } = split(reads, { mode: 'chunk' });

    expect(events.map(({ data }) => data.toString('hex'))).toEqual(['61', 'e282ac62', 'f09f']);
  });

  it('knows no longest line', () => {
    const { events } = split([Buffer.from('abcdef\n')], { mode: 'chunk', maxLineBytes: 2 });

    expect(events.map(({ data, truncated }) => [data.toString(), truncated])).toEqual([['abcdef\n', false]]);
  });
});

describe('max_line_bytes', () => {
  /** What each line is told as. */
  function expected(bytes: Buffer, maxLineBytes: number, encoding: string): Event[] {
    let offset = 0;
    return lines(bytes).map((line) => {
      const start = offset;
      offset += line.length;
      const content = line.at(-1) === NEWLINE ? line.length - 1 : line.length;
      if (content <= maxLineBytes) return { data: line, offset: start, piece: null, truncated: false };
      let end = maxLineBytes;
      if (encoding === 'utf8') while (end > maxLineBytes - 4 && end > 0 && !sameText(line, end)) end--;
      return {
        data: Buffer.concat([line.subarray(0, end), Buffer.from('...\n')]),
        offset: start,
        piece: null,
        truncated: true,
      };
    });
  }

  /** True where the line, cut there, reads as it would uncut. */
  function sameText(line: Buffer, end: number): boolean {
    return line.toString('utf8', 0, end) + line.toString('utf8', end) === line.toString();
  }

  it('cuts what is longer, and nothing else, however it is read', () => {
    fc.assert(
      fc.property(
        hostileBytes,
        smallCuts,
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom('line', 'lines'),
        encodings,
        (bytes, sizes, maxLineBytes, mode, encoding) => {
          const { events } = split(cut(bytes, sizes), { mode, encoding, maxLineBytes });
          const wanted = expected(bytes, maxLineBytes, 'base64');
          expect(events.map(({ offset, truncated }) => [offset, truncated])).toEqual(
            wanted.map(({ offset, truncated }) => [offset, truncated]),
          );
          if (encoding === 'base64') expect(events).toEqual(wanted);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('cuts text between two characters', () => {
    const lineOfText = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll('\n', ' '));
    fc.assert(
      fc.property(
        fc.array(lineOfText, { maxLength: 6 }),
        smallCuts,
        fc.integer({ min: 1, max: 20 }),
        (texts, sizes, maxLineBytes) => {
          const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
          const { events } = split(cut(bytes, sizes), { maxLineBytes });
          expect(events).toEqual(expected(bytes, maxLineBytes, 'utf8'));
          for (const { data } of events) expect(isUtf8(data)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each<[string, string[]]>([
    ['abcd\n', ['abcd\n']],
    ['abcde\n', ['abcd...\n']],
    ['abcde', ['abcd...\n']],
    ['abcd', ['abcd']],
    ['abc€d\n', ['abc...\n']],
    ['€€\n', ['€...\n']],
    ['abcdefghij\nxy\n', ['abcd...\n', 'xy\n']],
    ['\n\n', ['\n', '\n']],
  ])('of 4 makes of %j the lines %j', (input, told) => {
    for (const size of [1, 2, 3, 100]) {
      const { events } = split(cut(Buffer.from(input), [size]), { maxLineBytes: 4 });
      expect(events.map(({ data }) => data.toString())).toEqual(told);
    }
  });

  it('holds back no more than one line of that length', () => {
    const { out } = split(cut(Buffer.alloc(1_000_000, 'x'), [10_000]), { maxLineBytes: 25_000 });

    expect(out.slice(0, 4)).toEqual([0, 0, 25_004, 25_004]);
  });

  it('over the chunk size leaves a line in pieces', () => {
    const line = Buffer.alloc(100_000, 'x').fill('\n', 99_999);
    const { events } = split(cut(line, [65_536]), { maxLineBytes: 1_000_000 });

    expect(events.map(({ data, piece }) => [data.length, piece])).toEqual([
      [65_536, { index: 0, total: 2 }],
      [34_464, { index: 1, total: 2 }],
    ]);
  });

  it('never makes an event over the chunk size', () => {
    const { events } = split(cut(Buffer.alloc(500_000, 'x'), [65_536]), { maxLineBytes: 200_000 });

    for (const { data } of events) expect(data.length).toBeLessThanOrEqual(OUTPUT_CHUNK_BYTES + '...\n'.length);
  });
});

describe('the line buffer', () => {
  it('lets a line go that outgrows it, before its end', () => {
    const { out, events } = split(cut(Buffer.alloc(400_000, 'x'), [50_000]), {});

    expect(out.slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(out[4]).toBeGreaterThan(0);
    expect(events.every(({ piece }) => piece !== null && piece.total === null)).toBe(true);
  });

  it('of the least size allowed keeps everything', () => {
    fc.assert(
      fc.property(longInput, largeCuts, modes, encodings, (bytes, sizes, mode, encoding) => {
        const { records } = split(cut(bytes, sizes), { mode, encoding }, 65_536);
        expect(joined(records).equals(bytes)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
