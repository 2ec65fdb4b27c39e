import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { JournalEntry } from './journal-entry.js';

const FILE = 'journal';

/** The journal of one execution: an entry a line, each in the file when `write` returns, whatever becomes of the process. */
export class ExecutionJournal {
  readonly #logger = new Logger('Journal');
  #fd: number | null;
  #hasFailed = false;

  /** @throws the system's error */
  constructor(directory: string) {
    this.#fd = openSync(join(directory, FILE), 'a', 0o600);
  }

  /** The entries of a journal; one that its writer did not finish is none. @throws the system's error */
  static read(directory: string): JournalEntry[] {
    const lines = readFileSync(join(directory, FILE), 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line) as JournalEntry);
  }

  /** What cannot be written is lost to the next service only. */
  write(entry: JournalEntry): void {
    if (this.#fd === null) return;
    try {
      writeSync(this.#fd, `${JSON.stringify(entry)}\n`);
    } catch (error) {
      if (!this.#hasFailed) this.#logger.error(`What happens to an execution cannot be kept: ${String(error)}`);
      this.#hasFailed = true;
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}
