import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { segmentName } from '../launcher/spool/spool-writer.js';
import type { Checkpoint } from './journal-entry.js';

/** The segments of a spool that are kept. */
export class SpoolSegments {
  /** Where they begin. */
  readonly #checkpoints: Checkpoint[];

  /** @param first where the oldest one begins */
  constructor(
    private readonly directory: string,
    first: Checkpoint,
  ) {
    this.#checkpoints = [first];
  }

  /** Another one begins: those of which the log keeps nothing go. @param firstSeq the oldest event that is kept */
  begin(checkpoint: Checkpoint, firstSeq: number): void {
    this.#checkpoints.push(checkpoint);
    while ((this.#checkpoints[1]?.seq ?? Infinity) <= firstSeq) this.#checkpoints.shift();
    const oldest = this.#checkpoints[0]?.segment ?? 0;
    for (let segment = oldest - 1; segment >= 0 && this.#remove(segment); segment--);
  }

  /** @returns whether it was there */
  #remove(segment: number): boolean {
    try {
      rmSync(join(this.directory, segmentName(segment)));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }
}
