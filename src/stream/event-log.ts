import type { OutputRecord, UnnumberedOutput } from './output-record.js';

/** One thing other than output that happened to an execution. */
interface EventRecord<E> {
  readonly kind: 'event';
  readonly seq: number;
  readonly event: E;
}

export type LogRecord<E> = OutputRecord | EventRecord<E>;

interface Node<E> {
  readonly record: LogRecord<E>;
  next: Node<E> | null;
}

/** Unread bytes above which the log asks its writer to stop, and below which it asks it to go on. */
const FULL_BYTES = 524_288;
const ROOM_BYTES = 262_144;

/** What one record costs beside its bytes, so that a flood of tiny reads is bounded too. */
const RECORD_BYTES = 256;

/**
 * All events of one execution in the order in which the service saw them, numbered from 1 without a gap. A record lives
 * until the reader has taken it. Writers stop while the log is full: memory stays bounded, nothing is dropped.
 */
export class EventLog<E> {
  #head: Node<E> | null = null;
  #tail: Node<E> | null = null;
  #nextSeq = 1;
  #unreadBytes = 0;
  #full = false;
  readonly #awaitingEmptiness: (() => void)[] = [];
  /** Called after each append. */
  onAppend: () => void = noop;
  /** Called when a full log has room again. */
  onRoom: () => void = noop;

  /** The number the next event will get. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** True while writers should not read more output; control events are always taken. */
  get full(): boolean {
    return this.#full;
  }

  /** Bytes that wait for the reader, and what keeping them takes. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  appendOutput(output: UnnumberedOutput): void {
    const firstSeq = this.#nextSeq;
    this.#nextSeq += output.count;
    this.#append({ kind: 'output', firstSeq, ...output }, output.data.length);
  }

  /** @returns the event's number */
  appendEvent(event: E): number {
    const seq = this.#nextSeq++;
    this.#append({ kind: 'event', seq, event }, 0);
    return seq;
  }

  /** The oldest record that was not taken, or null. */
  peek(): LogRecord<E> | null {
    return this.#head?.record ?? null;
  }

  /** Settles when every record there is has been taken. */
  emptied(): Promise<void> {
    if (this.#head === null) return Promise.resolve();
    return new Promise((resolve) => this.#awaitingEmptiness.push(resolve));
  }

  /** Drops the oldest record: it has been delivered. */
  take(): void {
    const node = this.#head;
    if (node === null) return;
    this.#head = node.next;
    if (this.#head === null) {
      this.#tail = null;
      for (const resolve of this.#awaitingEmptiness.splice(0)) resolve();
    }
    this.#unreadBytes -= cost(node.record);
    if (this.#full && this.#unreadBytes < ROOM_BYTES) {
      this.#full = false;
      this.onRoom();
    }
  }

  #append(record: LogRecord<E>, bytes: number): void {
    const node = { record, next: null };
    if (this.#tail === null) this.#head = node;
    else this.#tail.next = node;
    this.#tail = node;
    this.#unreadBytes += bytes + RECORD_BYTES;
    if (this.#unreadBytes > FULL_BYTES) this.#full = true;
    this.onAppend();
  }
}

function cost(record: LogRecord<unknown>): number {
  return RECORD_BYTES + (record.kind === 'output' ? record.data.length : 0);
}

function noop(): void {
  // no one listens
}
