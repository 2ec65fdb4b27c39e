import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OutputEncoder } from '../../../src/gateway/output-encoder.js';
import { FrameBlock } from '../../../src/rpc/frame-block.js';
import type { OutputRecord } from '../../../src/stream/output-record.js';
import { hostileBytes } from '../support/hostile-bytes.js';
import { webSocketFrames } from '../support/web-socket-frames.js';

const ID = '0f8fad5b-d9cb-469f-a165-70867728950e';

function record(data: Buffer | string, given: Partial<OutputRecord> = {}): OutputRecord {
  const bytes = Buffer.from(data);
  return {
    kind: 'output',
    stream: 'stdout',
    data: bytes,
    perLine: false,
    count: 1,
    firstSeq: 1,
    offset: 0,
    piece: null,
    truncated: false,
    ...given,
  };
}

/** The record as lines, numbered from there. */
function lineRecord(data: Buffer | string, given: Partial<OutputRecord> = {}): OutputRecord {
  const bytes = Buffer.from(data);
  const newlines = bytes.filter((byte) => byte === 10).length;
  return record(bytes, { perLine: true, count: newlines + (bytes.at(-1) === 10 ? 0 : 1), ...given });
}

/** The notifications that the records are told by, block by block. */
function told(
  records: readonly OutputRecord[],
  encoding: 'utf8' | 'base64' = 'utf8',
): { readonly notifications: any[]; readonly blocks: number } {
  const encoder = new OutputEncoder(ID, encoding);
  const notifications: unknown[] = [];
  let blocks = 0;
  for (const each of records) {
    for (let written = 0; written < each.count; blocks++) {
      const block = new FrameBlock();
      written += encoder.write(each, each.firstSeq + written, block);
      for (const { opcode, payload } of webSocketFrames(Buffer.from(block.bytes))) {
        if (opcode !== 1) throw new Error(`Not a text frame: ${opcode}`);
        notifications.push(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload)));
      }
      block.release();
    }
  }
  return { notifications, blocks };
}

/** What one event is told as. */
function notification(seq: number, offset: number, data: string, more: object = {}): object {
  const params = {
    type: 'stdout',
    truncated: false,
    chunk_index: null,
    total_chunks: null,
    execution_id: ID,
    seq,
    offset,
    data,
    ...more,
  };
  return { jsonrpc: '2.0', method: 'process.output', params };
}

describe('output', () => {
  it('is told as one notification with all its fields', () => {
    const { notifications } = told([record('hi\n', { firstSeq: 7, offset: 42 })]);

    expect(notifications).toStrictEqual([notification(7, 42, 'hi\n')]);
  });

  it('of stderr says so', () => {
    expect(told([record('x', { stream: 'stderr' })]).notifications).toStrictEqual([
      notification(1, 0, 'x', { type: 'stderr' }),
    ]);
  });

  it('of lines is told a line each, each with its number and offset', () => {
    const { notifications } = told([lineRecord('a\n€\n\nlast', { firstSeq: 3, offset: 100 })]);

    expect(notifications).toStrictEqual([
      notification(3, 100, 'a\n'),
      notification(4, 102, '€\n'),
      notification(5, 106, '\n'),
      notification(6, 107, 'last'),
    ]);
  });

  it('that is not by line stays together', () => {
    expect(told([record('a\nb\nc')]).notifications).toStrictEqual([notification(1, 0, 'a\nb\nc')]);
  });

  it('of one record after the other keeps its own numbers', () => {
    const { notifications } = told([
      lineRecord('a\nb\n', { firstSeq: 2 }),
      record('x', { firstSeq: 4, offset: 4, stream: 'stderr' }),
      lineRecord('c\n', { firstSeq: 9, offset: 4 }),
    ]);

    expect(notifications).toStrictEqual([
      notification(2, 0, 'a\n'),
      notification(3, 2, 'b\n'),
      notification(4, 4, 'x', { type: 'stderr' }),
      notification(9, 4, 'c\n'),
    ]);
  });

  it('that is a piece says which, of how many', () => {
    const { notifications } = told([
      record('a', { piece: { index: 0, total: 2 } }),
      record('b', { firstSeq: 2, offset: 1, piece: { index: 1, total: 2 } }),
      record('c', { firstSeq: 3, offset: 2, piece: { index: 70, total: null } }),
      record('d', { firstSeq: 4, offset: 3 }),
    ]);

    expect(notifications).toStrictEqual([
      notification(1, 0, 'a', { chunk_index: 0, total_chunks: 2 }),
      notification(2, 1, 'b', { chunk_index: 1, total_chunks: 2 }),
      notification(3, 2, 'c', { chunk_index: 70 }),
      notification(4, 3, 'd'),
    ]);
  });

  it('that was cut says so, and what follows does not', () => {
    const { notifications } = told([record('ab...\n', { truncated: true }), record('x', { firstSeq: 2 })]);

    expect(notifications).toStrictEqual([notification(1, 0, 'ab...\n', { truncated: true }), notification(2, 0, 'x')]);
  });

  it.each([2 ** 32 - 1, 2 ** 32, 2 ** 53 - 10])('may have passed %d bytes and events', (many) => {
    expect(told([lineRecord('a\nb\n', { firstSeq: many, offset: many })]).notifications).toStrictEqual([
      notification(many, many, 'a\n'),
      notification(many + 1, many + 2, 'b\n'),
    ]);
  });

  it('cannot forge a frame, a field or a message', () => {
    const forged = '"}}\n\u0081\u0000{"jsonrpc":"2.0","method":"process.completed","params":{}}","seq":0\n\\"\\\n';

    expect(
      told([lineRecord(forged)]).notifications.map(({ method, params }) => [method, params.seq, params.data]),
    ).toEqual([
      ['process.output', 1, '"}}\n'],
      ['process.output', 2, '\u0081\u0000{"jsonrpc":"2.0","method":"process.completed","params":{}}","seq":0\n'],
      ['process.output', 3, '\\"\\\n'],
    ]);
  });
});

describe('utf8', () => {
  it.each<[string, string]>([
    ['ff', '\ufffd'],
    ['61ff62', 'a\ufffdb'],
    ['e282', '\ufffd'],
    ['f09f98', '\ufffd'],
    ['c080', '\ufffd\ufffd'],
    ['eda080', '\ufffd\ufffd\ufffd'],
    ['f4908080', '\ufffd\ufffd\ufffd\ufffd'],
    ['efbbbf61', '\ufeff a'.replace(' ', '')],
    ['0022', '\0"'],
    ['7f', '\u007f'],
    ['e280a8e280a9', '\u2028\u2029'],
  ])('tells the bytes %s as the WHATWG decoder does', (hex, text) => {
    expect(told([record(Buffer.from(hex, 'hex'))]).notifications).toStrictEqual([notification(1, 0, text)]);
  });

  it('tells valid lines beside invalid ones as they are', () => {
    const data = Buffer.concat([Buffer.from('é"\n'), Buffer.from([0xff, 10]), Buffer.from('€\n')]);

    expect(told([lineRecord(data)]).notifications.map(({ params }) => [params.offset, params.data])).toEqual([
      [0, 'é"\n'],
      [4, '\ufffd\n'],
      [6, '€\n'],
    ]);
  });
});

describe('any bytes', () => {
  const decode = (bytes: Buffer): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

  it('are told in base64 exactly', () => {
    fc.assert(
      fc.property(hostileBytes, fc.boolean(), (bytes, perLine) => {
        if (bytes.length === 0) return;
        const { notifications } = told([perLine ? lineRecord(bytes) : record(bytes)], 'base64');
        expect(Buffer.concat(notifications.map(({ params }) => Buffer.from(params.data, 'base64'))).equals(bytes)).toBe(
          true,
        );
        expect(notifications.length).toBe(perLine ? lineRecord(bytes).count : 1);
      }),
    );
  });

  it('are told in utf8 as the WHATWG decoder reads them, whole or by line', () => {
    fc.assert(
      fc.property(hostileBytes, fc.boolean(), (bytes, perLine) => {
        if (bytes.length === 0) return;
        const { notifications } = told([perLine ? lineRecord(bytes) : record(bytes)]);
        expect(notifications.map(({ params }) => params.data as string).join('')).toBe(decode(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('are told at the byte offsets and with the numbers they have', () => {
    fc.assert(
      fc.property(hostileBytes, fc.nat(), fc.nat(), (bytes, offset, firstSeq) => {
        if (bytes.length === 0) return;
        let at = offset;
        const { notifications } = told([lineRecord(bytes, { offset, firstSeq })], 'base64');
        notifications.forEach(({ params }, index) => {
          expect([params.seq, params.offset]).toEqual([firstSeq + index, at]);
          at += Buffer.from(params.data, 'base64').length;
        });
      }),
    );
  });
});

describe('a block', () => {
  it('that is full leaves the rest of the lines to the next', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`);
    const { notifications, blocks } = told([lineRecord(lines.join(''))]);

    expect(notifications.map(({ params }) => params.data as string)).toEqual(lines);
    expect(notifications.map(({ params }) => params.seq as number)).toEqual(lines.map((_, index) => index + 1));
    expect(blocks).toBeGreaterThan(20);
  });

  it('holds what a line of 64 KiB becomes when every byte is escaped', () => {
    const line = '\u0001'.repeat(65_535) + '\n';

    expect(told([lineRecord(line + line)]).notifications.map(({ params }) => params.data === line)).toEqual([
      true,
      true,
    ]);
  });
});

describe('a record that is read from its middle on', () => {
  it.each([1, 2, 3, 4])('is told from event %d on', (fromSeq) => {
    const lines = lineRecord('one\ntwo\nthree\nfour', { firstSeq: 1, offset: 100 });
    const block = new FrameBlock();
    const written = new OutputEncoder(ID, 'utf8').write(lines, fromSeq, block);
    const told = webSocketFrames(Buffer.from(block.bytes)).map(({ payload }) => JSON.parse(payload.toString()).params);
    block.release();

    expect(written).toBe(5 - fromSeq);
    expect(told.map(({ seq, offset, data }) => [seq, offset, data])).toEqual(
      [
        [1, 100, 'one\n'],
        [2, 104, 'two\n'],
        [3, 108, 'three\n'],
        [4, 114, 'four'],
      ].slice(fromSeq - 1),
    );
  });

  it('may be the one that a full block has left in the middle', () => {
    const lines = lineRecord('x\n'.repeat(5000));
    const encoder = new OutputEncoder(ID, 'utf8');
    const first = [1, 1, 2500].map((fromSeq) => {
      const block = new FrameBlock();
      expect(encoder.write(lines, fromSeq, block)).toBeLessThan(5000);
      const [frame] = webSocketFrames(Buffer.from(block.bytes));
      block.release();
      const { seq, offset } = JSON.parse(frame?.payload.toString() ?? '{}').params;
      return [seq, offset] as const;
    });

    expect(first).toEqual([
      [1, 0],
      [1, 0],
      [2500, 4998],
    ]);
  });

  it('may be the one that was written last, at another place', () => {
    const lines = lineRecord('one\ntwo\nthree\n');
    const encoder = new OutputEncoder(ID, 'utf8');
    const told = [3, 1, 2].flatMap((fromSeq) => {
      const block = new FrameBlock();
      encoder.write(lines, fromSeq, block);
      const [frame] = webSocketFrames(Buffer.from(block.bytes));
      block.release();
      return JSON.parse(frame?.payload.toString() ?? '{}').params.data as string;
    });

    expect(told).toEqual(['three\n', 'one\n', 'two\n']);
  });
});
