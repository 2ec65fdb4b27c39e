import { collectEntries, type LogEntry } from './collect-entries.js';
import { KeptEntries } from './kept-entries.js';
import type { EventSource } from '../../stream/event-source.js';
import type { ReplicatedExecution } from './replicated-execution.js';

/** How long the server keeps a log that is not renewed, in milliseconds. */
export interface LogLife {
  readonly runningMs: number;
  readonly endedMs: number;
}

/** One write, as APPEND_SCRIPT takes it. */
export interface LogWrite {
  readonly args: readonly (string | number | Buffer)[];
  readonly bytes: number;
}

/** What a write came to. */
export type WriteAnswer =
  { readonly kind: 'ok'; readonly fence: number } | { readonly kind: 'unknown' } | { readonly kind: 'fenced' };

/**
 * Writes the log of one execution to the cluster's, one write at a time. What the execution's own log drops before it is
 * written is missing there, and readers see that by the numbers.
 */
export class LogWriter {
  #fence = 0;
  #mayEnter = true;
  #beginsAnew = false;
  #isTouchDue = false;
  #isDoubtful = false;
  #isOver = false;
  #isRewriteDue = false;
  readonly #kept = new KeptEntries();
  #cursor: EventSource<unknown> | null = null;
  /** What is to be written next, or is under way. */
  #entries: readonly LogEntry[] = [];
  #isUnderWay = false;
  #isEnd = false;
  #waiting: (() => void)[] = [];

  constructor(
    readonly execution: ReplicatedExecution,
    private readonly nodeId: string,
    private readonly life: LogLife,
    /** Called when there is something new to write. */
    private readonly onAppend: () => void,
  ) {}

  /** True once the end is written, or the execution is another's. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Bytes that the server keeps of this log. */
  get keptBytes(): number {
    return this.#kept.bytes;
  }

  /** True where no event after `seq` that was written is missing. */
  covers(seq: number): boolean {
    return this.#kept.covers(seq) && !this.#isRewriteDue;
  }

  /** The next write is due, also where there is nothing new: nothing may expire. */
  touch(): void {
    this.#isTouchDue = true;
  }

  /** As `touch`; and where the server does not know the execution any more, another may have declared it lost before. */
  doubt(): void {
    this.#isTouchDue = true;
    this.#isDoubtful = true;
  }

  /**
   * The log begins anew, with all that the execution's own still keeps.
   * @returns settles when it has begun, or nothing is written any more
   */
  rewrite(): Promise<void> {
    this.#isRewriteDue = true;
    this.#isTouchDue = true;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#isOver) this.#wake();
    });
  }

  /** Nothing after `seq` is dropped from here on; what has no place then is written later. Infinity: anything may be. */
  need(seq: number): void {
    this.#kept.neededAfter = seq;
  }

  /**
   * The next write, which ends with `settle`; null where there is nothing to write, or one is under way.
   * @param limitBytes most that the server is to keep of this log
   */
  next(limitBytes: number): LogWrite | null {
    if (this.#isOver || this.#isUnderWay) return null;
    const { execution } = this;
    if (this.#isRewriteDue) {
      this.#isRewriteDue = false;
      this.#beginsAnew = true;
      this.#forget();
    }
    this.#cursor ??= this.#read();
    if (this.#kept.makeRoom(limitBytes) && this.#entries.length === 0) this.#entries = collectEntries(this.#cursor);
    const account = execution.account();
    this.#isEnd = account !== null && this.#cursor.peek() === null;
    if (this.#entries.length === 0 && !this.#isTouchDue && !this.#isEnd) return null;
    this.#isTouchDue = false;
    this.#isUnderWay = true;
    const { runningMs, endedMs } = this.life;
    return {
      args: [
        this.nodeId,
        this.#fence,
        Number(this.#mayEnter),
        this.#isEnd ? endedMs : runningMs,
        this.#kept.oldest,
        Number(this.#beginsAnew),
        this.#isEnd ? (account ?? '') : '',
        this.#mayEnter ? execution.about() : '',
        ...this.#entries.flatMap(({ lastSeq, bytes }) => [lastSeq, bytes]),
      ],
      bytes: this.#entries.reduce((sum, { bytes }) => sum + bytes.length, 0),
    };
  }

  /** The write came to this; null where nobody knows what it came to: it is made again, and counts once. */
  settle(answer: WriteAnswer | null): void {
    this.#isUnderWay = false;
    switch (answer?.kind) {
      case undefined:
        this.#isTouchDue = true;
        break;
      case 'ok':
        this.#fence = answer.fence;
        if (this.#beginsAnew && !this.#isRewriteDue) this.#wake();
        this.#mayEnter = this.#beginsAnew = this.#isDoubtful = false;
        for (const entry of this.#entries) this.#kept.add(entry);
        this.#entries = [];
        if (this.#isEnd && !this.#isRewriteDue) this.close();
        break;
      case 'unknown':
        if (this.#isDoubtful) this.#lose();
        else {
          this.#mayEnter = this.#isTouchDue = true;
          this.#forget();
        }
        break;
      case 'fenced':
        this.#lose();
    }
  }

  /** Writes nothing any more. */
  close(): void {
    this.#isOver = true;
    this.#cursor?.close();
    this.#entries = [];
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }

  #read(): EventSource<unknown> {
    const cursor = this.execution.source.read(this.#kept.lastSeq);
    cursor.onAppend = this.onAppend;
    return cursor;
  }

  /** Nothing is there any more. */
  #forget(): void {
    this.#cursor?.close();
    this.#cursor = null;
    this.#entries = [];
    this.#kept.clear();
  }

  #lose(): void {
    this.close();
    this.execution.onFenced();
  }
}
