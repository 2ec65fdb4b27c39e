import type { LogRecord } from '../../stream/log/log-record.js';
import type { OutputRecord } from '../../stream/output-record.js';
import { BATCH_VERSION, OUTPUT, PER_LINE, PIECE, STDERR, TRUNCATED } from './encode-records.js';

const NEWLINE = 10;

/**
 * The records that `encodeRecords` wrote, which share the memory of `bytes`; null where the bytes are nothing of the kind:
 * whoever can write to the store may have written them.
 * @param toEvent an event of its JSON; null where it is none
 */
export function decodeRecords<E>(bytes: Buffer, toEvent: (value: unknown) => E | null): LogRecord<E>[] | null {
  const reader = new Reader(bytes);
  if (reader.byte() !== BATCH_VERSION) return null;
  let seq = reader.number();
  if (seq === 0) return null;
  const records: LogRecord<E>[] = [];
  while (!reader.isBroken && !reader.isAtEnd) {
    const flags = reader.byte();
    const record = flags === 0 ? eventOf(reader, seq, toEvent) : outputOf(reader, seq, flags);
    if (record === null) return null;
    records.push(record);
    seq += record.kind === 'output' ? record.count : 1;
  }
  return reader.isBroken || records.length === 0 || !Number.isSafeInteger(seq) ? null : records;
}

/** The number of the first event of a batch, of which the first 16 bytes do; null where it is none. */
export function batchStart(bytes: Buffer): number | null {
  const reader = new Reader(bytes);
  const isKnown = reader.byte() === BATCH_VERSION;
  const seq = reader.number();
  return isKnown && !reader.isBroken && seq > 0 ? seq : null;
}

function eventOf<E>(reader: Reader, seq: number, toEvent: (value: unknown) => E | null): LogRecord<E> | null {
  const text = reader.bytes(reader.number());
  if (reader.isBroken) return null;
  const event = toEvent(parsed(text.toString()));
  return event === null ? null : { kind: 'event', seq, event };
}

function outputOf(reader: Reader, firstSeq: number, flags: number): OutputRecord | null {
  if ((flags & ~(STDERR | PER_LINE | TRUNCATED | PIECE)) !== OUTPUT) return null;
  const [count, offset, length] = [reader.number(), reader.number(), reader.number()];
  let piece: OutputRecord['piece'] = null;
  if ((flags & PIECE) !== 0) {
    const [index, total] = [reader.number(), reader.number()];
    piece = { index, total: total === 0 ? null : total - 1 };
  }
  const data = reader.bytes(length);
  const perLine = (flags & PER_LINE) !== 0;
  // An event of each line, or none but one: what reads the record counts them again.
  if (reader.isBroken || data.length === 0 || count !== (perLine ? lines(data) : 1)) return null;
  const stream = (flags & STDERR) === 0 ? 'stdout' : 'stderr';
  return {
    kind: 'output',
    stream,
    data,
    perLine,
    count,
    firstSeq,
    offset,
    piece,
    truncated: (flags & TRUNCATED) !== 0,
  };
}

/** The last one may lack its newline. */
function lines(data: Buffer): number {
  let count = data[data.length - 1] === NEWLINE ? 0 : 1;
  for (let at = 0; at < data.length; at++) if (data[at] === NEWLINE) count++;
  return count;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads from the front; once it has read beyond the end it is broken, and reads zeros. */
class Reader {
  #at = 0;
  isBroken = false;

  constructor(private readonly source: Buffer) {}

  get isAtEnd(): boolean {
    return this.#at >= this.source.length;
  }

  byte(): number {
    const byte = this.source[this.#at++];
    if (byte === undefined) this.isBroken = true;
    return byte ?? 0;
  }

  /** A number as `writeVarint` writes it. */
  number(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (value > Number.MAX_SAFE_INTEGER) this.isBroken = true;
      if (byte < 128 || this.isBroken) return this.isBroken ? 0 : value;
      unit *= 128;
    }
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (this.isBroken || end > this.source.length) this.isBroken = true;
    const taken = this.source.subarray(this.#at, this.isBroken ? this.#at : end);
    this.#at = end;
    return taken;
  }
}
