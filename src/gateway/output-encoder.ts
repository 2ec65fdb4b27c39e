import { isUtf8 } from 'node:buffer';
import type { FrameBlock } from '../rpc/frame-block.js';
import type { OutputRecord } from '../stream/output-record.js';

const OFFSET = Buffer.from(',"offset":');
const DATA = Buffer.from(',"data":"');
const END = Buffer.from('"}}');
const NEWLINE = 10;

/**
 * Writes the output of one execution as `process.output` notifications. The text is put together from bytes: a million
 * lines are a million frames, and each passes here.
 */
export class OutputEncoder {
  readonly #prefixes: Record<'stdout' | 'stderr', Buffer>;
  /** The record under way, and how far it is written. */
  #record: OutputRecord | null = null;
  #isUtf8 = false;
  #position = 0;
  #seq = 0;

  constructor(
    private readonly executionId: string,
    private readonly encoding: 'utf8' | 'base64',
  ) {
    this.#prefixes = {
      stdout: this.#prefix('stdout', NO_PIECE, false),
      stderr: this.#prefix('stderr', NO_PIECE, false),
    };
  }

  /**
   * Writes frames of the record until it is done or the block is full.
   * @param fromSeq the first event of it that is written
   * @returns how many events were
   */
  write(record: OutputRecord, fromSeq: number, block: FrameBlock): number {
    if (this.#record !== record || this.#seq !== fromSeq) this.#open(record, fromSeq);
    if (!record.perLine) {
      this.#frame(record, block, 0, record.data.length);
      this.#record = null;
      return 1;
    }
    const { data } = record;
    while (this.#position < data.length && !block.isFull) {
      const newline = data.indexOf(NEWLINE, this.#position);
      const end = newline === -1 ? data.length : newline + 1;
      this.#frame(record, block, this.#position, end);
      this.#position = end;
    }
    if (this.#position === data.length) this.#record = null;
    return this.#seq - fromSeq;
  }

  #open(record: OutputRecord, fromSeq: number): void {
    this.#record = record;
    this.#position = 0;
    for (let seq = record.firstSeq; seq < fromSeq; seq++)
      this.#position = record.data.indexOf(NEWLINE, this.#position) + 1;
    this.#seq = fromSeq;
    this.#isUtf8 = this.encoding === 'utf8' && isUtf8(record.data);
  }

  #frame(record: OutputRecord, block: FrameBlock, start: number, end: number): void {
    const plain = record.piece === null && !record.truncated;
    block.begin();
    block.append(
      plain ? this.#prefixes[record.stream] : this.#prefix(record.stream, record.piece ?? NO_PIECE, record.truncated),
    );
    block.appendInteger(this.#seq++);
    block.append(OFFSET);
    block.appendInteger(record.offset + start);
    block.append(DATA);
    if (this.encoding === 'base64') block.appendAscii(record.data.toString('base64', start, end));
    else if (this.#isUtf8) block.appendEscaped(record.data, start, end);
    else {
      // Invalid bytes become U+FFFD, as the WHATWG decoder does it.
      const text = Buffer.from(record.data.toString('utf8', start, end));
      block.appendEscaped(text, 0, text.length);
    }
    block.append(END);
    block.end();
  }

  #prefix(
    stream: string,
    piece: { readonly index: number | null; readonly total: number | null },
    truncated: boolean,
  ): Buffer {
    const params = {
      type: stream,
      truncated,
      chunk_index: piece.index,
      total_chunks: piece.total,
      execution_id: this.executionId,
    };
    const text = JSON.stringify({ jsonrpc: '2.0', method: 'process.output', params });
    return Buffer.from(`${text.slice(0, -2)},"seq":`);
  }
}

const NO_PIECE = { index: null, total: null };
