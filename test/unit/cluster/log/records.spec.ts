import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { batchStart, decodeRecords } from '../../../../src/cluster/log/decode-records.js';
import { encodeRecords } from '../../../../src/cluster/log/encode-records.js';
import type { LogRecord } from '../../../../src/stream/log/log-record.js';

interface Event {
  readonly type: string;
}

const toEvent = (value: unknown): Event | null =>
  typeof (value as Event | null)?.type === 'string' ? (value as Event) : null;

const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
const unnumbered = fc.oneof(
  fc.record({ type: fc.string() }).map((event) => ({ kind: 'event' as const, event, count: 1 })),
  fc
    .record({
      data: bytes,
      perLine: fc.boolean(),
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
      offset: fc.nat({ max: 2 ** 40 }),
      piece: fc.option(fc.record({ index: fc.nat(), total: fc.option(fc.nat()) })),
      truncated: fc.boolean(),
    })
    .map(({ data, ...rest }) => ({
      kind: 'output' as const,
      data: Buffer.from(data),
      ...rest,
      count: rest.perLine ? data.filter((byte) => byte === 10).length + (data.at(-1) === 10 ? 0 : 1) : 1,
    })),
);

/** Records that follow each other from `first` on. */
const records = fc
  .tuple(fc.integer({ min: 1, max: 2 ** 45 }), fc.array(unnumbered, { minLength: 1, maxLength: 20 }))
  .map(([first, parts]) => {
    let seq = first;
    return parts.map((part): LogRecord<Event> => {
      const at = seq;
      seq += part.count;
      return part.kind === 'event' ? { kind: 'event', seq: at, event: part.event } : { ...part, firstSeq: at };
    });
  });

describe('records in the cluster’s form', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(records, (given) => {
        const [first] = given;
        const encoded = encodeRecords(given);

        expect(decodeRecords(encoded, toEvent)).toEqual(given);
        expect(batchStart(encoded.subarray(0, 16))).toBe(first?.kind === 'output' ? first.firstSeq : first?.seq);
      }),
    );
  });

  it('are nothing where a part is missing', () => {
    fc.assert(
      fc.property(records, fc.double({ min: 0, max: 0.999, noNaN: true }), (given, share) => {
        const encoded = encodeRecords(given);
        const cut = decodeRecords(encoded.subarray(0, Math.floor(encoded.length * share)), toEvent);

        // A cut between two records leaves those before it.
        if (cut !== null) expect(given.slice(0, cut.length)).toEqual(cut);
      }),
    );
  });

  it('are told from anything else without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (given) => {
        decodeRecords(Buffer.from([1, 1, ...given]), toEvent);
        expect(decodeRecords(Buffer.from([2, ...given]), toEvent)).toBeNull();
      }),
    );
  });

  it.each([
    ['no bytes', []],
    ['no record', [1, 1]],
    ['the number 0', [1, 0, 0, 2, 123, 125]],
    ['an event that is none', [1, 1, 0, 2, 123, 125]],
    ['an event that is no JSON', [1, 1, 0, 1, 123]],
    ['flags that there are not', [1, 1, 0x90, 1, 0, 1, 65]],
    ['output of no bytes', [1, 1, 0x80, 1, 0, 0]],
    ['more events than lines', [1, 1, 0x82, 2, 0, 1, 65]],
    ['two events of one piece of output', [1, 1, 0x80, 2, 0, 1, 10]],
    ['more bytes than there are', [1, 1, 0x80, 1, 0, 9, 65]],
    ['a number without an end', [1, 1, 0x80, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]],
  ])('are null of %s', (_what, given) => {
    expect(decodeRecords(Buffer.from(given), toEvent)).toBeNull();
  });
});
