import { LogBounds, type LogOptions } from './log/log-bounds.js';
import type { BudgetedLog } from './log/log-budget.js';
import type { LogNode } from './log/log-node.js';
import { LogReader, type LogShelf } from './log/log-reader.js';
import type { LogRecord } from './log/log-record.js';
import { OwnerDebt } from './log/owner-debt.js';
import { RecordChain } from './log/record-chain.js';
import type { UnnumberedOutput } from './output-record.js';

/**
 * All events of one execution in the order in which the service saw them, numbered from 1 without a gap. The last ones are
 * kept for readers, of whom there may be many. One of them may be the owner, for whom writers wait (`block`): what he has
 * not acknowledged stays, whether he is there or not, until the log is released. Others find what there is.
 */
export class EventLog<E> implements LogShelf<E>, BudgetedLog {
  readonly #bounds: LogBounds;
  readonly #chain: RecordChain<E>;
  readonly #debt = new OwnerDebt<E>();
  readonly #readers = new Set<LogReader<E>>();
  #owner: LogReader<E> | null = null;
  /** Of what the owner has not read, while he is there. */
  #unreadBytes = 0;
  /** `owed`: to its owner; `orphaned`: to those who stand in for him; `released`: to nobody; `retired`: forgotten as well. */
  #state: 'owed' | 'orphaned' | 'released' | 'retired' = 'owed';
  #isAppending = false;
  #full = false;
  #awaitingOwner: (() => void)[] = [];
  /** Called when a full log has room again. */
  onRoom: () => void = noop;
  /** Called with each event that is no output before anybody reads it. */
  onEvent: (seq: number, event: E) => void = noop;
  /** Called when it is forgotten. */
  onRetired: () => void = noop;

  /** @param firstSeq the number of its first event */
  constructor(
    private readonly options: LogOptions,
    firstSeq = 1,
  ) {
    this.#chain = new RecordChain<E>(firstSeq);
    this.#bounds = new LogBounds(options);
  }

  /** The number the next event will get. */
  get nextSeq(): number {
    return this.#chain.nextSeq;
  }

  /** The number of the oldest event that is kept, or of the next one. */
  get firstSeq(): number {
    return this.#chain.firstSeq;
  }

  get head(): LogNode<E> | null {
    return this.#chain.head;
  }

  /** All up to this event the owner has, or has lost. */
  get acknowledgedSeq(): number {
    return this.#debt.acknowledgedSeq;
  }

  /** True while writers should not read more output; control events are always taken. */
  get full(): boolean {
    return this.#full;
  }

  /** Bytes that wait for the reader, and what keeping them takes. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** @param output whose bytes are the caller's again afterwards */
  appendOutput(output: UnnumberedOutput): void {
    this.#append({ kind: 'output', firstSeq: this.nextSeq, ...output }, output.count);
  }

  /** @returns the event's number */
  appendEvent(event: E): number {
    const seq = this.nextSeq;
    this.onEvent(seq, event);
    this.#append({ kind: 'event', seq, event }, 1);
    return seq;
  }

  /**
   * A reader of what comes after an event; nobody waits for it.
   * @param afterSeq below `nextSeq`
   * @param standsIn what it has got counts as got by an owner who will not come back
   */
  read(afterSeq: number, standsIn = false): LogReader<E> {
    const reader = new LogReader(this, afterSeq, standsIn);
    this.#readers.add(reader);
    return reader;
  }

  /**
   * The owner's reader, in the place of the one before, which is closed. He has what came up to this event, and no more.
   * @param afterSeq below `nextSeq`
   */
  own(afterSeq: number): LogReader<E> {
    this.#owner?.close();
    const reader = this.read(afterSeq);
    this.#owner = reader;
    this.#debt.restart(reader.node, Math.max(afterSeq, this.firstSeq - 1));
    this.#unreadBytes = this.#debt.bytes;
    if (this.#state !== 'retired') this.#state = 'owed';
    this.#trim();
    this.#look();
    return reader;
  }

  /** Settles when the owner has read all there is, or is away. */
  caughtUp(): Promise<void> {
    if (this.#unreadBytes === 0) return Promise.resolve();
    return new Promise((resolve) => this.#awaitingOwner.push(resolve));
  }

  /** The owner is away: what comes is kept for him. */
  disown(): void {
    this.#owner?.close();
  }

  /** The owner will not come back: of the readers that stand in for him the farthest one counts from here on. */
  orphan(): void {
    this.#state = 'orphaned';
    this.#owner?.close();
  }

  /** Nobody will come for what is kept: writers wait no more, and it goes as others need the room. */
  release(): void {
    if (this.#state !== 'retired') this.#state = 'released';
    this.#owner?.close();
    this.#settle(this.nextSeq - 1);
    this.#look();
  }

  /** It is forgotten: what is kept goes when the last reader has left. */
  retire(): void {
    this.#state = 'retired';
    this.onRetired();
    this.#clear();
  }

  /** @see LogShelf */
  isPressed(reader: LogReader<E>): boolean {
    return this.#stands(reader) && this.#debt.bytes - this.#unreadBytes > this.#bounds.mostOwedBytes / 2;
  }

  /** @see LogShelf */
  passed(reader: LogReader<E>, node: LogNode<E>): void {
    if (reader !== this.#owner) return;
    this.#unreadBytes -= node.costBytes;
    if (this.#bounds.passesOn) this.#settle(node.lastSeq);
    this.#look();
    this.#tellCaughtUp();
  }

  /** @see LogShelf */
  acknowledged(reader: LogReader<E>, seq: number): void {
    if (!this.#stands(reader)) return;
    this.#settle(Math.min(seq, this.nextSeq - 1));
    this.#look();
  }

  /** @see LogShelf */
  closed(reader: LogReader<E>): void {
    this.#readers.delete(reader);
    if (reader === this.#owner) {
      this.#owner = null;
      this.#unreadBytes = 0;
      this.#look();
      this.#tellCaughtUp();
    }
    this.#clear();
  }

  /** @see BudgetedLog */
  shed(): void {
    this.#trim();
  }

  /** @see BudgetedLog */
  wake(): void {
    this.#look();
  }

  #append(record: LogRecord<E>, count: number): void {
    const node = this.#chain.append(record, count);
    this.#debt.add(node);
    if (this.#owner !== null) this.#unreadBytes += node.costBytes;
    this.#full ||= this.#isOwed && this.#bounds.isOverfull(this.#unreadBytes, this.#debt.bytes);
    this.#isAppending = true;
    this.options.budget.take(node.costBytes);
    for (const reader of this.#readers) reader.appended(node);
    for (const reader of this.#readers) reader.onAppend();
    this.#isAppending = false;
    if (!this.#isOwed) this.#settle(node.lastSeq);
    this.#trim();
    this.#chain.keep(node);
    this.#look();
  }

  get #isOwed(): boolean {
    return this.#state === 'owed' || this.#state === 'orphaned';
  }

  /** Whether what the reader has got is what the owner has got. */
  #stands(reader: LogReader<E>): boolean {
    return reader === this.#owner || (reader.standsIn && this.#state === 'orphaned');
  }

  #settle(seq: number): void {
    if (this.#debt.settle(seq)) this.#trim();
  }

  /** Drops the oldest records as far as they are too many and nobody waits for them. */
  #trim(): void {
    // Every reader sees a record once before it goes.
    if (this.#isAppending) return;
    const chain = this.#chain;
    while (chain.head !== this.#debt.first && this.#bounds.isOverKept(chain.bytes)) this.#drop();
    if (this.#bounds.drops) while (chain.bytes > this.#bounds.mostOwedBytes) this.#drop();
    this.options.budget.mark(this, chain.head !== this.#debt.first);
  }

  #drop(): void {
    const dropped = this.#chain.drop();
    if (dropped === null) return;
    const { node, next } = dropped;
    this.#debt.dropped(node, next);
    if (this.#owner !== null && this.#owner.nextSeq <= node.lastSeq) this.#unreadBytes -= node.costBytes;
    this.options.budget.give(node.costBytes);
  }

  /** Whether a full log has room again; where others have taken it, it is told when they have not. */
  #look(): void {
    if (!this.#full) return;
    if (!this.#isOwed || this.#bounds.hasRoom(this.#unreadBytes, this.#debt.bytes)) {
      this.#full = false;
      this.onRoom();
    } else if (this.options.budget.isUsedUp) this.options.budget.wait(this);
  }

  #tellCaughtUp(): void {
    if (this.#unreadBytes > 0 || this.#awaitingOwner.length === 0) return;
    for (const resolve of this.#awaitingOwner.splice(0)) resolve();
  }

  /** Forgets everything, once it is retired and nobody reads. */
  #clear(): void {
    if (this.#state !== 'retired' || this.#readers.size > 0) return;
    while (this.#chain.head !== null) this.#drop();
    this.#chain.close();
    this.options.budget.leave(this);
    this.#look();
  }
}

function noop(): void {
  // no one listens
}
