import type { ExecutionEvent } from '../wire/execution-event.js';
import type { Gap } from '../wire/gap.js';

interface Node {
  readonly event: ExecutionEvent;
  /** Cost of all events before this one. */
  readonly start: number;
  readonly cost: number;
  next: Node | null;
}

/** What an event costs beside its data. */
const EVENT_COST = 256;

/**
 * The events of one execution, for any number of readers, each at its own pace. The last `limitBytes` of them stay, so that
 * a reader may come late; what a reader has not taken stays in any case, and the buffer is full while that is more than the
 * limit. Before the first reader nothing is dropped either, unless `release()` has said that none need come.
 */
export class EventBuffer {
  #head: Node | null = null;
  #tail: Node | null = null;
  #total = 0;
  #isReleased = false;
  #ending: { readonly error: Error | null } | null = null;
  /** What was dropped. */
  #dropped: Gap | null = null;
  readonly #readers = new Set<Reader>();
  /** Called when `isFull` may have changed. */
  onChange: () => void = () => undefined;

  constructor(private readonly limitBytes: number) {}

  /** More than the limit waits for a reader: no more should come until it is read. */
  get isFull(): boolean {
    return this.#ending === null && this.#unread() > this.limitBytes;
  }

  push(event: ExecutionEvent): void {
    const cost = EVENT_COST + (event.type === 'output' ? event.data.length : 0);
    const node: Node = { event, start: this.#total, cost, next: null };
    if (this.#tail === null) this.#head = node;
    else this.#tail.next = node;
    this.#tail = node;
    this.#total += cost;
    for (const reader of this.#readers) reader.offer(node);
    this.#trim();
  }

  /** No more events; readers that have read them all end, with the error where there is one. */
  end(error: Error | null): void {
    if (this.#ending !== null) return;
    this.#ending = { error };
    for (const reader of this.#readers) reader.wake();
    this.onChange();
  }

  /** From here on events that no one reads may go. */
  release(): void {
    this.#isReleased = true;
    this.#trim();
    this.onChange();
  }

  /** All events from the first that is kept; begins with a `gap` where some have gone. */
  async *read(): AsyncGenerator<ExecutionEvent, void, undefined> {
    const reader = new Reader(this.#head);
    this.#readers.add(reader);
    this.#isReleased = true;
    try {
      if (this.#dropped !== null) yield { type: 'gap', ...this.#dropped };
      for (;;) {
        const node = reader.take();
        if (node !== null) {
          this.#trim();
          this.onChange();
          yield node.event;
        } else if (this.#ending !== null) {
          if (this.#ending.error !== null) throw this.#ending.error;
          return;
        } else await reader.more();
      }
    } finally {
      this.#readers.delete(reader);
      this.#trim();
      this.onChange();
    }
  }

  /** Cost of what the slowest reader has not taken. */
  #unread(): number {
    if (this.#readers.size > 0) return this.#total - this.#firstUnread();
    return this.#isReleased || this.#head === null ? 0 : this.#total - this.#head.start;
  }

  #firstUnread(): number {
    let first = this.#total;
    for (const { next } of this.#readers) if (next !== null && next.start < first) first = next.start;
    return first;
  }

  /** Drops the oldest, as far as there is more than the limit and everyone has taken them. */
  #trim(): void {
    if (!this.#isReleased) return;
    const until = this.#firstUnread();
    while (this.#head !== null && this.#head.start < until && this.#total - this.#head.start > this.limitBytes) {
      const { event, next } = this.#head;
      const { from, to } = event.type === 'gap' ? event : { from: event.seq, to: event.seq };
      this.#dropped = { from: this.#dropped?.from ?? from, to };
      this.#head = next;
    }
    if (this.#head === null) this.#tail = null;
  }
}

/** One reader's place. */
class Reader {
  #wake: () => void = () => undefined;

  constructor(public next: Node | null) {}

  offer(node: Node): void {
    this.next ??= node;
    this.#wake();
  }

  wake(): void {
    this.#wake();
  }

  take(): Node | null {
    const node = this.next;
    this.next = node?.next ?? null;
    return node;
  }

  more(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}
