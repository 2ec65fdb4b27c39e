import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { FRAME_HEADER_BYTES, frameAt, type SpoolFrame } from '../launcher/spool/spool-frame.js';
import { segmentName } from '../launcher/spool/spool-writer.js';

/** Room for several of the longest frames. What is in it is used before the call that filled it returns. */
const scratch = Buffer.allocUnsafeSlow(262_144);

/** Reads the spool of one command as it grows. */
export class SpoolTail {
  #fd: number | null = null;
  #position = 0;

  /**
   * @param segment to begin with
   * @param bytes of the spool before it
   */
  constructor(
    private readonly directory: string,
    private segment = 0,
    private bytes = 0,
  ) {}

  /** Bytes of the spool that were taken. */
  get takenBytes(): number {
    return this.bytes;
  }

  /** The segment that is read. */
  get segmentIndex(): number {
    return this.segment;
  }

  /**
   * Hands over frames as long as there are whole ones and `take` wants more; the data of each is valid during its call.
   * @throws the system's error
   */
  read(take: (frame: SpoolFrame) => boolean): void {
    for (let isWanted = true; isWanted;) {
      const fd = (this.#fd ??= openSync(join(this.directory, segmentName(this.segment)), 'r'));
      const length = readSync(fd, scratch, 0, scratch.length, this.#position);
      let start = 0;
      while (isWanted) {
        const frame = frameAt(scratch.subarray(start, length));
        if (frame === null) break;
        const frameBytes = FRAME_HEADER_BYTES + frame.data.length;
        start += frameBytes;
        this.#position += frameBytes;
        this.bytes += frameBytes;
        if (frame.kind === 'next') this.#turn();
        isWanted = take(frame);
        if (frame.kind === 'next') break;
      }
      if (start === 0) return;
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #turn(): void {
    this.close();
    this.segment++;
    this.#position = 0;
  }
}
