import type { LogEntry } from './collect-entries.js';

/** What one entry costs the server beside its bytes. */
const ENTRY_COST_BYTES = 128;

/** What the server keeps of one log, as its writer knows it. */
export class KeptEntries {
  #entries: { readonly lastSeq: number; readonly bytes: number }[] = [];
  #bytes = 0;
  #lastSeq = 0;
  /** From this event on none is missing. */
  #wholeFrom = 1;
  /** Nothing after this event is dropped. Infinity: anything may be. */
  neededAfter = Infinity;

  get bytes(): number {
    return this.#bytes;
  }

  /** The last event that is written. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The last event of the oldest entry; 0 = there is none. */
  get oldest(): number {
    return this.#entries[0]?.lastSeq ?? 0;
  }

  /** True where no event after `seq` that was written is missing. */
  covers(seq: number): boolean {
    return seq + 1 >= this.#wholeFrom;
  }

  add({ firstSeq, lastSeq, bytes }: LogEntry): void {
    if (firstSeq > this.#lastSeq + 1) this.#wholeFrom = firstSeq;
    this.#lastSeq = lastSeq;
    const cost = bytes.length + ENTRY_COST_BYTES;
    this.#entries.push({ lastSeq, bytes: cost });
    this.#bytes += cost;
  }

  /** Drops the oldest, as far as they are too many and not needed. @returns true where there is room for more */
  makeRoom(limitBytes: number): boolean {
    while (this.#bytes > limitBytes && this.oldest <= this.neededAfter) {
      const dropped = this.#entries.shift();
      if (dropped === undefined) break;
      this.#bytes -= dropped.bytes;
      this.#wholeFrom = dropped.lastSeq + 1;
    }
    return this.#bytes <= limitBytes;
  }

  /** Nothing is there any more. */
  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
    this.#lastSeq = 0;
    this.#wholeFrom = 1;
  }
}
