import { ByteStore } from './byte-store.js';
import type { LogNode } from './log-node.js';
import type { LogRecord } from './log-record.js';

/** What one record costs beside its bytes, so that a flood of tiny reads is bounded too. */
const RECORD_BYTES = 256;

/** The records a log keeps, the oldest first, and what they cost. */
export class RecordChain<E> {
  readonly #store = new ByteStore();
  #head: LogNode<E> | null = null;
  #tail: LogNode<E> | null = null;
  #nextSeq: number;
  #bytes = 0;

  /** @param firstSeq the number of its first event */
  constructor(firstSeq = 1) {
    this.#nextSeq = firstSeq;
  }

  get head(): LogNode<E> | null {
    return this.#head;
  }

  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** The number of the oldest event that is kept, or of the next one. */
  get firstSeq(): number {
    return this.#head?.firstSeq ?? this.#nextSeq;
  }

  /** The cost of all that is kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param record numbered from `nextSeq` on @param count of its events */
  append(record: LogRecord<E>, count: number): LogNode<E> {
    const firstSeq = this.#nextSeq;
    const costBytes = RECORD_BYTES + (record.kind === 'output' ? record.data.length : 0);
    const node: LogNode<E> = { record, firstSeq, lastSeq: firstSeq + count - 1, costBytes, next: null, segment: null };
    if (this.#tail === null) this.#head = node;
    else this.#tail.next = node;
    this.#tail = node;
    this.#nextSeq += count;
    this.#bytes += costBytes;
    return node;
  }

  /** The bytes of the record are copied, where it is there still: their buffer is the writer's again. */
  keep(node: LogNode<E>): void {
    if (node.record?.kind !== 'output') return;
    const { bytes, segment } = this.#store.keep(node.record.data);
    node.record.data = bytes;
    node.segment = segment;
  }

  /** Nothing is kept any more, and nothing will be. */
  close(): void {
    this.#store.close();
  }

  /** Forgets the oldest record, also for those who hold its node. @returns its node, which was followed by `next` */
  drop(): { readonly node: LogNode<E>; readonly next: LogNode<E> | null } | null {
    const node = this.#head;
    if (node === null) return null;
    const { next } = node;
    this.#head = next;
    if (next === null) this.#tail = null;
    node.record = null;
    node.next = null;
    if (node.segment !== null) this.#store.giveBack(node.segment);
    this.#bytes -= node.costBytes;
    return { node, next };
  }
}
