import type { EventSource } from '../event-source.js';
import type { LogNode } from './log-node.js';
import type { LogRecord } from './log-record.js';
import type { SeqRange } from './seq-range.js';

/** The log as its readers see it. */
export interface LogShelf<E> {
  /** The oldest record that is kept. */
  readonly head: LogNode<E> | null;
  /** The number of the oldest event that is kept, or of the next one. */
  readonly firstSeq: number;
  isPressed(reader: LogReader<E>): boolean;
  /** The reader is done with a record. */
  passed(reader: LogReader<E>, node: LogNode<E>): void;
  acknowledged(reader: LogReader<E>, seq: number): void;
  closed(reader: LogReader<E>): void;
}

/** A cursor in a log. What the log did not keep until it was read is a gap, and reading goes on behind it. */
export class LogReader<E> implements EventSource<E> {
  onAppend: () => void = noop;
  #node: LogNode<E> | null = null;
  #nextSeq: number;
  #gap: SeqRange | null = null;
  #isClosed = false;

  /**
   * @param afterSeq number of an event there was, or 0: reading begins with the one after it
   * @param standsIn for an owner who will not come back
   */
  constructor(
    private readonly shelf: LogShelf<E>,
    afterSeq: number,
    readonly standsIn: boolean,
  ) {
    this.#nextSeq = afterSeq + 1;
    this.#seek();
  }

  get nextSeq(): number {
    return this.#nextSeq;
  }

  get gap(): SeqRange | null {
    this.#follow();
    return this.#gap;
  }

  get isPressed(): boolean {
    return this.shelf.isPressed(this);
  }

  /** The record that is read, or will be read next. */
  get node(): LogNode<E> | null {
    this.#follow();
    return this.#node;
  }

  peek(): LogRecord<E> | null {
    this.#follow();
    return this.#node?.record ?? null;
  }

  advance(count: number): void {
    const node = this.#node;
    if (node === null) return;
    this.#nextSeq += count;
    if (this.#nextSeq <= node.lastSeq) return;
    if (node.record === null) return;
    this.#node = node.next;
    this.shelf.passed(this, node);
  }

  takeGap(): SeqRange | null {
    const { gap } = this;
    this.#gap = null;
    return gap;
  }

  acknowledge(seq: number): void {
    if (!this.#isClosed) this.shelf.acknowledged(this, seq);
  }

  /** A record was appended. */
  appended(node: LogNode<E>): void {
    this.#node ??= node;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.onAppend = noop;
    this.shelf.closed(this);
    this.#node = null;
  }

  /** What was trimmed is passed over. */
  #follow(): void {
    if (this.#node?.record === null) this.#seek();
  }

  #seek(): void {
    const { firstSeq } = this.shelf;
    if (this.#nextSeq < firstSeq) {
      this.#gap = { from: this.#gap?.from ?? this.#nextSeq, to: firstSeq - 1 };
      this.#nextSeq = firstSeq;
    }
    let node = this.shelf.head;
    while (node !== null && node.lastSeq < this.#nextSeq) node = node.next;
    this.#node = node;
  }
}

function noop(): void {
  // no one listens
}
