import type { LogRecord } from '../../stream/log/log-record.js';
import { writeVarint } from './varint.js';

/** Of the form below. */
export const BATCH_VERSION = 1;

/** What is set in the first byte of an output record; an event's is 0. */
export const OUTPUT = 0x80;
export const STDERR = 1;
export const PER_LINE = 2;
export const TRUNCATED = 4;
export const PIECE = 8;

/** Most bytes of a number. */
const VARINT_BYTES = 8;
const MAX_HEAD_BYTES = 1 + 5 * VARINT_BYTES;

/**
 * Records that follow each other without a gap as one text of bytes: the version, the number of the first event, then of
 * each record a byte of flags and
 * - of output the count of its events, its offset and its length, of a piece also its index and its total and one (0 = not
 *   known), and the bytes as they are;
 * - of an event its length and its JSON.
 */
export function encodeRecords(records: readonly LogRecord<unknown>[]): Buffer {
  const [first] = records;
  const head = Buffer.allocUnsafe(1 + VARINT_BYTES);
  head[0] = BATCH_VERSION;
  const parts: Uint8Array[] = [head.subarray(0, writeVarint(head, 1, first === undefined ? 0 : firstSeq(first)))];
  for (const record of records) {
    const data = record.kind === 'output' ? record.data : Buffer.from(JSON.stringify(record.event));
    parts.push(headOf(record, data.length), data);
  }
  return Buffer.concat(parts);
}

function firstSeq(record: LogRecord<unknown>): number {
  return record.kind === 'output' ? record.firstSeq : record.seq;
}

function headOf(record: LogRecord<unknown>, length: number): Buffer {
  const head = Buffer.allocUnsafe(MAX_HEAD_BYTES);
  if (record.kind === 'event') {
    head[0] = 0;
    return head.subarray(0, writeVarint(head, 1, length));
  }
  const { stream, perLine, truncated, piece, count, offset } = record;
  head[0] =
    OUTPUT |
    (stream === 'stderr' ? STDERR : 0) |
    (perLine ? PER_LINE : 0) |
    (truncated ? TRUNCATED : 0) |
    (piece === null ? 0 : PIECE);
  let at = writeVarint(head, 1, count);
  at = writeVarint(head, at, offset);
  at = writeVarint(head, at, length);
  if (piece !== null) {
    at = writeVarint(head, at, piece.index);
    at = writeVarint(head, at, piece.total === null ? 0 : piece.total + 1);
  }
  return head.subarray(0, at);
}
