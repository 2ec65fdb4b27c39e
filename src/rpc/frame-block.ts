import { ESCAPE_SOURCE_BYTES, escapeJson } from './json-escape.js';

/** Bytes at which a block is full enough to be sent; a frame that was begun still fits. */
const ENOUGH_BYTES = 131_072;
const CAPACITY_BYTES = 196_608;
const POOLED_BLOCKS = 16;

/** JSON escapes by byte (RFC 8259, section 7): 0 = as it is, 1 = \u00XX, else the letter after the backslash. */
const ESCAPES = new Uint8Array(256);
ESCAPES.fill(1, 0, 0x20);
for (const [byte, letter] of [
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
  [34, '"'],
  [92, '\\'],
] as const) {
  ESCAPES[byte] = letter.charCodeAt(0);
}
const HEX = Buffer.from('0123456789abcdef');

/** Shorter than this, byte by byte is faster than the way to the vector unit and back. */
const SHORT_BYTES = 256;

const pool: Buffer[] = [];

/**
 * Builds unmasked WebSocket text frames (RFC 6455, section 5.2) of JSON text, one after the other in one buffer, so that
 * many messages cost one write. Between `begin` and `end` the caller appends the message's bytes, which must be UTF-8.
 */
export class FrameBlock {
  #bytes: Buffer;
  #length = 0;
  #frameStart = 0;

  constructor() {
    this.#bytes = pool.pop() ?? Buffer.allocUnsafeSlow(CAPACITY_BYTES);
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** True when it should be sent before another frame is begun. */
  get isFull(): boolean {
    return this.#length >= ENOUGH_BYTES;
  }

  /** The frames built so far. Valid until `release`. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Gives the buffer back; the block must not be used again. */
  release(): void {
    if (this.#bytes.length === CAPACITY_BYTES && pool.length < POOLED_BLOCKS) pool.push(this.#bytes);
  }

  begin(): void {
    this.#room(4);
    this.#frameStart = this.#length;
    this.#length += 4;
  }

  end(): void {
    const start = this.#frameStart;
    const payload = this.#length - start - 4;
    if (payload < 126) this.#shrinkHeader(start, payload);
    else if (payload > 0xffff) this.#growHeader(start, payload);
    else {
      this.#bytes[start] = 0x81;
      this.#bytes[start + 1] = 126;
      this.#bytes[start + 2] = payload >>> 8;
      this.#bytes[start + 3] = payload & 0xff;
    }
  }

  append(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Text of ASCII characters. */
  appendAscii(text: string): void {
    this.#room(text.length);
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
  }

  /** A non-negative integer in decimal. */
  appendInteger(value: number): void {
    if (value > 0xffff_ffff) {
      this.appendAscii(String(value));
      return;
    }
    this.#room(10);
    let digits = 1;
    for (let power = 10; digits < 10 && value >= power; power *= 10) digits++;
    const end = this.#length + digits;
    for (let at = end - 1, rest = value; at >= this.#length; at--) {
      const tenth = (rest / 10) >>> 0;
      this.#bytes[at] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    this.#length = end;
  }

  /** UTF-8 bytes as the inside of a JSON string: escaped, without the quotes. */
  appendEscaped(source: Uint8Array, start: number, end: number): void {
    if (end - start < SHORT_BYTES) {
      this.#room((end - start) * 6);
      this.#escape(source, start, end);
      return;
    }
    for (let from = start; from < end; from += ESCAPE_SOURCE_BYTES) {
      this.append(escapeJson(source.subarray(from, Math.min(end, from + ESCAPE_SOURCE_BYTES))));
    }
  }

  #escape(source: Uint8Array, start: number, end: number): void {
    const target = this.#bytes;
    let at = this.#length;
    for (let index = start; index < end; index++) {
      const byte = source[index] as number;
      const escape = ESCAPES[byte] as number;
      if (escape === 0) {
        target[at++] = byte;
      } else {
        target[at++] = 92;
        if (escape !== 1) {
          target[at++] = escape;
        } else {
          target[at++] = 117;
          target[at++] = 48;
          target[at++] = 48;
          target[at++] = HEX[byte >>> 4] as number;
          target[at++] = HEX[byte & 15] as number;
        }
      }
    }
    this.#length = at;
  }

  #shrinkHeader(start: number, payload: number): void {
    this.#bytes.copyWithin(start + 2, start + 4, this.#length);
    this.#bytes[start] = 0x81;
    this.#bytes[start + 1] = payload;
    this.#length -= 2;
  }

  #growHeader(start: number, payload: number): void {
    this.#room(6);
    this.#bytes.copyWithin(start + 10, start + 4, this.#length);
    this.#bytes[start] = 0x81;
    this.#bytes[start + 1] = 127;
    this.#bytes.writeBigUInt64BE(BigInt(payload), start + 2);
    this.#length += 6;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.release();
    this.#bytes = larger;
  }
}
