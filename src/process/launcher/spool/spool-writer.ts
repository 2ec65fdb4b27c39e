import { closeSync, ftruncateSync, openSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { FRAME_HEADER_BYTES, frameHeader, type SpoolFrame } from './spool-frame.js';

/** Bytes of a segment after which another one is begun. */
const SEGMENT_BYTES = 4_194_304;

const NOTHING = Buffer.alloc(0);

/** The name of a segment's file. */
export function segmentName(index: number): string {
  return `output.${String(index)}`;
}

/** Appends to the spool of one command: files in its directory, each begun when the one before is long enough. */
export class SpoolWriter {
  #segment = 0;
  #segmentBytes = 0;
  #bytes = 0;
  #fd: number;

  /** @throws the system's error */
  constructor(private readonly directory: string) {
    this.#fd = this.#open();
  }

  /** Bytes of all frames so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Appends a frame, whole or not at all.
   * @returns false where the file system has no room for it
   */
  append(frame: SpoolFrame): boolean {
    if (!this.#write(frame)) return false;
    if (this.#segmentBytes >= SEGMENT_BYTES && frame.kind !== 'next') this.#turn();
    return true;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(frame: SpoolFrame): boolean {
    const length = FRAME_HEADER_BYTES + frame.data.length;
    try {
      if (writevSync(this.#fd, [frameHeader(frame), frame.data], this.#segmentBytes) === length) {
        this.#segmentBytes += length;
        this.#bytes += length;
        return true;
      }
    } catch {
      // It is told by the result; a part of the frame may have been written.
    }
    ftruncateSync(this.#fd, this.#segmentBytes);
    return false;
  }

  /** The next segment is there before the one that ends says so; where that cannot be, this one goes on. */
  #turn(): void {
    this.#segment++;
    let next: number;
    try {
      next = this.#open();
    } catch {
      this.#segment--;
      return;
    }
    if (!this.#write({ kind: 'next', data: NOTHING })) {
      closeSync(next);
      this.#segment--;
      return;
    }
    closeSync(this.#fd);
    this.#fd = next;
    this.#segmentBytes = 0;
  }

  #open(): number {
    return openSync(join(this.directory, segmentName(this.#segment)), 'w', 0o600);
  }
}
