import type { OutputOptions, StreamName } from './output-options.js';
import type { UnnumberedOutput } from './output-record.js';
import { characterBoundary } from './character-boundary.js';
import { HeldBytes } from './held-bytes.js';

/** Where a splitter is in its stream. */
export interface SplitterState {
  readonly offset: number;
  readonly pieces: number;
  readonly skipping: boolean;
  /** Base64. */
  readonly held: string;
}

/** Most bytes of output one event carries. */
export const OUTPUT_CHUNK_BYTES = 65_536;

const NEWLINE = 10;
/** Where a line that was held back and the read that completes it are put together: all of it is used at once. */
const scratch = Buffer.allocUnsafeSlow(2 * OUTPUT_CHUNK_BYTES);
/** What stands for the rest of a line that was cut. */
const CUT_END = Buffer.from('...\n');

/**
 * Cuts one stream, as it is read, into the events its mode asks for. Holds back an unfinished line (at most
 * `maxLineBufferBytes`) or an unfinished character, nothing else; every byte comes out once and in order, but for lines
 * cut at `maxLineBytes`.
 */
export class OutputSplitter {
  readonly #held = new HeldBytes();
  #offset = 0;
  /** Pieces of the unfinished line that are already out. */
  #pieces = 0;
  /** True while the rest of a line cut at `maxLineBytes` is passed over. */
  #skipping = false;

  constructor(
    private readonly stream: StreamName,
    private readonly options: OutputOptions,
    private readonly maxLineBufferBytes: number,
    private readonly emit: (output: UnnumberedOutput) => void,
    from: SplitterState | null = null,
  ) {
    if (from === null) return;
    this.#offset = from.offset;
    this.#pieces = from.pieces;
    this.#skipping = from.skipping;
    this.#held.append(Buffer.from(from.held, 'base64'));
  }

  /** Another one that begins with it goes on as this one would. */
  get state(): SplitterState {
    const held = this.#held.peek().toString('base64');
    return { offset: this.#offset, pieces: this.#pieces, skipping: this.#skipping, held };
  }

  /** Takes bytes as read; keeps no reference to `chunk`, and neither may who takes what it emits. */
  push(chunk: Buffer): void {
    if (this.options.mode === 'chunk') this.#pushChunk(chunk);
    else if (this.options.maxLineBytes !== null) this.#pushCapped(chunk, this.options.maxLineBytes);
    else this.#pushLines(chunk);
  }

  /** The stream has ended: what is held back comes out as it is. */
  end(): void {
    const rest = this.#held.take();
    if (rest.length === 0) return;
    if (this.options.mode === 'chunk') this.#emitWhole(rest);
    else if (this.options.maxLineBytes !== null) this.#emitCapped(rest, this.options.maxLineBytes);
    else this.#emitLine(rest);
  }

  #pushChunk(chunk: Buffer): void {
    let bytes = this.#held.length > 0 ? joined(this.#held.take(), chunk) : chunk;
    const whole = this.options.encoding === 'utf8' ? characterBoundary(bytes, bytes.length) : bytes.length;
    if (whole < bytes.length) this.#held.append(bytes.subarray(whole));
    bytes = bytes.subarray(0, whole);
    while (bytes.length > 0) {
      const end = this.#cut(bytes);
      this.#emitWhole(bytes.subarray(0, end));
      bytes = bytes.subarray(end);
    }
  }

  #pushLines(chunk: Buffer): void {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const held = this.#held.take();
      const firstEnd = held.length === 0 ? 0 : chunk.indexOf(NEWLINE) + 1;
      const fits = this.#pieces === 0 && held.length + firstEnd <= OUTPUT_CHUNK_BYTES;
      if (held.length === 0) this.#emitLines(chunk.subarray(0, end));
      else if (fits) this.#emitLines(joined(held, chunk.subarray(0, end)));
      else {
        this.#emitLine(Buffer.concat([held, chunk.subarray(0, firstEnd)]));
        this.#emitLines(chunk.subarray(firstEnd, end));
      }
    }
    if (end < chunk.length) this.#held.append(chunk.subarray(end));
    if (this.#held.length > this.maxLineBufferBytes) this.#emitUnfinishedLine();
  }

  /** Whole lines, each of at most OUTPUT_CHUNK_BYTES. */
  #emitLines(lines: Buffer): void {
    if (lines.length === 0) return;
    if (this.options.mode === 'line') {
      this.#out(lines, true, countLines(lines), null, false);
      return;
    }
    for (let start = 0; start < lines.length;) {
      const room = Math.min(lines.length, start + OUTPUT_CHUNK_BYTES);
      const end = room === lines.length ? room : lines.lastIndexOf(NEWLINE, room - 1) + 1;
      this.#emitWhole(lines.subarray(start, end));
      start = end;
    }
  }

  /** One line, whole or the rest of it, which may be longer than an event. */
  #emitLine(line: Buffer): void {
    if (this.#pieces === 0 && line.length <= OUTPUT_CHUNK_BYTES) {
      this.#emitWhole(line);
      return;
    }
    const cuts = this.#cuts(line);
    const total = this.#pieces === 0 ? cuts.length : null;
    for (const cut of cuts) this.#out(cut, false, 1, { index: this.#pieces++, total }, false);
    this.#pieces = 0;
  }

  /** A line that outgrew the buffer: its pieces leave before its end is known. */
  #emitUnfinishedLine(): void {
    let bytes = this.#held.take();
    while (bytes.length > OUTPUT_CHUNK_BYTES) {
      const end = this.#cut(bytes);
      this.#out(bytes.subarray(0, end), false, 1, { index: this.#pieces++, total: null }, false);
      bytes = bytes.subarray(end);
    }
    this.#held.append(bytes);
  }

  #pushCapped(chunk: Buffer, maxLineBytes: number): void {
    for (let start = 0; start < chunk.length;) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline === -1 ? chunk.length : newline + 1;
      this.#takeCapped(chunk.subarray(start, end), newline !== -1, maxLineBytes);
      start = end;
    }
  }

  #takeCapped(part: Buffer, finished: boolean, maxLineBytes: number): void {
    if (this.#skipping) {
      this.#offset += part.length;
    } else if (finished) {
      this.#emitCapped(this.#held.length === 0 ? part : Buffer.concat([this.#held.take(), part]), maxLineBytes);
    } else {
      this.#held.append(part);
      if (this.#held.length > maxLineBytes) {
        this.#emitCapped(this.#held.take(), maxLineBytes);
        this.#skipping = true;
      }
    }
    if (finished) this.#skipping = false;
  }

  #emitCapped(line: Buffer, maxLineBytes: number): void {
    const newline = line.at(-1) === NEWLINE ? 1 : 0;
    if (line.length - newline <= maxLineBytes) {
      this.#emitLine(line);
      return;
    }
    const cut = this.options.encoding === 'utf8' ? characterBoundary(line, maxLineBytes) : maxLineBytes;
    const cuts = this.#cuts(line.subarray(0, cut));
    cuts.forEach((bytes, index) => {
      const isLast = index === cuts.length - 1;
      const piece = cuts.length === 1 ? null : { index, total: cuts.length };
      if (!isLast) this.#out(bytes, false, 1, piece, false);
      else this.#out(Buffer.concat([bytes, CUT_END]), false, 1, piece, true, line.length - cut + bytes.length);
    });
  }

  #emitWhole(data: Buffer): void {
    this.#out(data, false, 1, null, false);
  }

  #out(
    data: Buffer,
    perLine: boolean,
    count: number,
    piece: UnnumberedOutput['piece'],
    truncated: boolean,
    bytes = data.length,
  ): void {
    const offset = this.#offset;
    this.#offset += bytes;
    this.emit({ stream: this.stream, data, perLine, count, offset, piece, truncated });
  }

  /** The line in event-sized pieces, at least one. */
  #cuts(line: Buffer): Buffer[] {
    const cuts: Buffer[] = [];
    let rest = line;
    do {
      const end = this.#cut(rest);
      cuts.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    } while (rest.length > 0);
    return cuts;
  }

  /** Length of the longest event-sized head of `bytes`. */
  #cut(bytes: Buffer): number {
    if (bytes.length <= OUTPUT_CHUNK_BYTES) return bytes.length;
    return this.options.encoding === 'utf8' ? characterBoundary(bytes, OUTPUT_CHUNK_BYTES) : OUTPUT_CHUNK_BYTES;
  }
}

/** Both together; what is held back is copied before the next call. */
function joined(first: Buffer, second: Buffer): Buffer {
  const length = first.length + second.length;
  if (length > scratch.length) return Buffer.concat([first, second]);
  scratch.set(first);
  scratch.set(second, first.length);
  return scratch.subarray(0, length);
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === NEWLINE) lines++;
  }
  return lines;
}
