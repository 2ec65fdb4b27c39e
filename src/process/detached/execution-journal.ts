import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { checkedLine, fromCheckedLine } from './checked-line.js';
import type { JournalEntry } from './journal-entry.js';

const FILE = 'journal';

const logger = new Logger('Journal');

/** The journal of one execution: an entry a line, each in the file when `write` returns, whatever becomes of the process. */
export class ExecutionJournal {
  #fd: number | null;
  #hasFailed = false;
  /** Of the last line a part may be there. */
  #isTorn = true;

  /** @throws the system's error */
  constructor(directory: string) {
    this.#fd = openSync(join(directory, FILE), 'a', 0o600);
  }

  /** The entries of a journal; one that its writer did not finish, or that is damaged, is none. @throws the system's error */
  static read(directory: string): JournalEntry[] {
    const lines = readFileSync(join(directory, FILE), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const entries = lines.flatMap((line) => (fromCheckedLine(line) as JournalEntry | null) ?? []);
    if (entries.length < lines.length) logger.warn(`In ${directory}, a line of the journal is damaged: it is left out`);
    return entries;
  }

  /** What cannot be written is lost to the next service only. */
  write(entry: JournalEntry): void {
    if (this.#fd === null) return;
    const line = `${this.#isTorn ? '\n' : ''}${checkedLine(entry)}`;
    try {
      this.#isTorn = writeSync(this.#fd, line) < Buffer.byteLength(line);
      if (this.#isTorn) throw new Error('There is no room');
    } catch (error) {
      this.#isTorn = true;
      if (!this.#hasFailed) logger.error(`What happens to an execution cannot be kept: ${String(error)}`);
      this.#hasFailed = true;
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}
