import type { LogNode } from './log-node.js';

/** The end of a log that its owner is not known to have. */
export class OwnerDebt<E> {
  /** The first record of which he has not all. */
  #first: LogNode<E> | null = null;
  #bytes = 0;
  #acknowledgedSeq = 0;

  get first(): LogNode<E> | null {
    return this.#first;
  }

  /** What its records cost. */
  get bytes(): number {
    return this.#bytes;
  }

  /** He has all up to this event. */
  get acknowledgedSeq(): number {
    return this.#acknowledgedSeq;
  }

  /** A record was appended to the log. */
  add(node: LogNode<E>): void {
    this.#first ??= node;
    this.#bytes += node.costBytes;
  }

  /** He has all up to this event, at the most the log's last. @returns whether that is news */
  settle(seq: number): boolean {
    if (seq <= this.#acknowledgedSeq) return false;
    this.#acknowledgedSeq = seq;
    for (let node = this.#first; node !== null && node.lastSeq <= seq; node = node.next) this.#pay(node, node.next);
    return true;
  }

  /** The oldest record of the log is gone, whether he has it or not. */
  dropped(node: LogNode<E>, next: LogNode<E> | null): void {
    if (node !== this.#first) return;
    this.#acknowledgedSeq = node.lastSeq;
    this.#pay(node, next);
  }

  /** It begins anew with this record. @param acknowledgedSeq the event before what he has not */
  restart(first: LogNode<E> | null, acknowledgedSeq: number): void {
    this.#first = first;
    this.#acknowledgedSeq = acknowledgedSeq;
    this.#bytes = 0;
    for (let node = first; node !== null; node = node.next) this.#bytes += node.costBytes;
  }

  #pay(node: LogNode<E>, next: LogNode<E> | null): void {
    this.#first = next;
    this.#bytes -= node.costBytes;
  }
}
