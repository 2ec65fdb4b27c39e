import type { LogRecord } from '../../stream/log/log-record.js';
import type { SeqRange } from '../../stream/log/seq-range.js';
import type { EventSource } from '../../stream/event-source.js';
import { LOST_EVENTS } from './lost-events.js';
import { decodeRecords } from './decode-records.js';

/** Unread bytes above which nothing more is asked for, and what a record costs beside its own. */
const ENOUGH_BYTES = 1_048_576;
const RECORD_BYTES = 256;

/**
 * The log of an execution of another service, as one reader here sees it: each event after the one it has, once and in
 * order, and a gap where some are missing. What is not taken is not asked for: a slow reader waits alone.
 */
export class RemoteLog<E> implements EventSource<E> {
  /** Called when there is something to read. */
  onAppend: () => void = noop;
  /** Called when more may be asked for again. */
  onRoom: () => void = noop;
  /** Called when the reader's client has received all events up to this one. */
  onAcknowledge: (seq: number) => void = noop;
  /** Called when nothing will be read any more. */
  onClose: () => void = noop;
  #queue: LogRecord<E>[] = [];
  #unreadBytes = 0;
  #isFull = false;
  #receivedSeq: number;
  #nextSeq: number;
  #gap: SeqRange | null = null;
  /** What was read since the last acknowledgement. */
  #unprovenBytes = 0;

  /** @param toEvent an event of its JSON; null where it is none */
  constructor(
    readonly executionId: string,
    afterSeq: number,
    private readonly toEvent: (value: unknown) => E | null,
  ) {
    this.#receivedSeq = afterSeq;
    this.#nextSeq = afterSeq + 1;
  }

  /** The last event that has come in. */
  get receivedSeq(): number {
    return this.#receivedSeq;
  }

  /** False while so much is unread that no more should be asked for. */
  get hasRoom(): boolean {
    return !this.#isFull;
  }

  /** The number of the next event. It may lie within the record that `peek` gives. */
  get nextSeq(): number {
    this.#follow();
    return this.#nextSeq;
  }

  /** What is missing and is not told yet; it lies before `nextSeq`. */
  get gap(): SeqRange | null {
    this.#follow();
    return this.#gap;
  }

  /** True where the reader should prove soon what it has got. */
  get isPressed(): boolean {
    return this.#unprovenBytes > ENOUGH_BYTES;
  }

  /** The record with the next event; null where there is none yet. */
  peek(): LogRecord<E> | null {
    this.#follow();
    return this.#queue[0] ?? null;
  }

  /** Goes on by so many events of the record that `peek` gave. */
  advance(count: number): void {
    const [record] = this.#queue;
    if (record === undefined) return;
    this.#nextSeq += count;
    if (this.#nextSeq <= lastSeq(record)) return;
    this.#queue.shift();
    this.#unreadBytes -= cost(record);
    this.#unprovenBytes += cost(record);
    if (this.#isFull && this.#unreadBytes < ENOUGH_BYTES / 2) {
      this.#isFull = false;
      this.onRoom();
    }
  }

  /** The gap, which is told from then on. */
  takeGap(): SeqRange | null {
    const { gap } = this;
    this.#gap = null;
    return gap;
  }

  acknowledge(seq: number): void {
    this.#unprovenBytes = 0;
    this.onAcknowledge(seq);
  }

  close(): void {
    this.onAppend = noop;
    this.onClose();
    this.onClose = noop;
  }

  /** An entry of the cluster's log. @returns false where it is no such thing */
  receive(entry: Buffer): boolean {
    const records = decodeRecords(entry, this.toEvent);
    if (records === null) return false;
    for (const record of records) {
      if (lastSeq(record) <= this.#receivedSeq) continue;
      this.#receivedSeq = lastSeq(record);
      this.#queue.push(record);
      this.#unreadBytes += cost(record);
    }
    if (this.#unreadBytes > ENOUGH_BYTES) this.#isFull = true;
    this.onAppend();
    return true;
  }

  /** The execution is lost, and its log with it: what comes last is this event. */
  lose(event: E): void {
    const seq = this.#receivedSeq + LOST_EVENTS;
    this.#receivedSeq = seq;
    this.#queue.push({ kind: 'event', seq, event });
    this.onAppend();
  }

  /** What is missing before the next record is a gap. */
  #follow(): void {
    const [record] = this.#queue;
    if (record === undefined || firstSeq(record) <= this.#nextSeq) return;
    this.#gap = { from: this.#gap?.from ?? this.#nextSeq, to: firstSeq(record) - 1 };
    this.#nextSeq = firstSeq(record);
  }
}

function firstSeq(record: LogRecord<unknown>): number {
  return record.kind === 'output' ? record.firstSeq : record.seq;
}

function lastSeq(record: LogRecord<unknown>): number {
  return record.kind === 'output' ? record.firstSeq + record.count - 1 : record.seq;
}

function cost(record: LogRecord<unknown>): number {
  return RECORD_BYTES + (record.kind === 'output' ? record.data.length : 0);
}

function noop(): void {
  // no one listens
}
