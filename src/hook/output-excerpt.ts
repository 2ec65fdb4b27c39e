import { HeldBytes } from '../stream/held-bytes.js';
import type { StreamName } from '../stream/output-options.js';
import type { UnnumberedOutput } from '../stream/output-record.js';

const MAX_LINES = 100;
const MAX_LINE_CHARACTERS = 1000;
const HEAD_BYTES = 65_536;
const TAIL_BYTES = 32_768;

/** The first and the last of what a command prints, in at most 130 KiB for each stream. */
export class OutputExcerpt {
  readonly #streams = { stdout: new HeadAndTail(), stderr: new HeadAndTail() };

  /** @param hasBegin false where the first of the output does not come */
  constructor(private readonly hasBegin = true) {}

  /** Takes output in the order of its stream; keeps no reference to it. */
  add({ stream, data }: UnnumberedOutput): void {
    this.#streams[stream].add(data);
  }

  /** At most the first 100 lines, each of at most 1000 characters, without line ends; null where they are not known. */
  firstLines(stream: StreamName): string[] | null {
    if (!this.hasBegin) return null;
    return this.#streams[stream].first.slice(0, MAX_LINES).map(cut);
  }

  /** At most the last 100 lines, in the same way. */
  lastLines(stream: StreamName): string[] {
    return this.#streams[stream].last.slice(-MAX_LINES).map(cut);
  }
}

class HeadAndTail {
  readonly #held = new HeldBytes();
  #head: Buffer | null = null;
  /** Begins with the end of the head, and holds the last TAIL_BYTES; empty until the head is full. */
  #tail = Buffer.alloc(0);
  #tailLength = 0;

  add(data: Buffer): void {
    const room = this.#head === null ? HEAD_BYTES - this.#held.length : 0;
    if (room > 0) this.#held.append(data.subarray(0, room));
    if (data.length <= room) return;
    if (this.#head === null) {
      this.#head = this.#held.take();
      this.#tail = Buffer.allocUnsafeSlow(TAIL_BYTES * 2);
      this.#append(this.#head);
    }
    this.#append(data.subarray(room));
  }

  get first(): string[] {
    return linesOf(this.#whole);
  }

  get last(): string[] {
    if (this.#tailLength === 0) return this.first;
    // Its first line has lost its beginning.
    return linesOf(this.#tail.subarray(Math.max(0, this.#tailLength - TAIL_BYTES), this.#tailLength)).slice(1);
  }

  get #whole(): Buffer {
    if (this.#head === null) {
      const held = this.#held.take();
      this.#held.append(held);
      return held;
    }
    return this.#head;
  }

  #append(data: Buffer): void {
    const last = data.subarray(-TAIL_BYTES);
    if (this.#tailLength + last.length > this.#tail.length) {
      this.#tail.copy(this.#tail, 0, this.#tailLength - TAIL_BYTES, this.#tailLength);
      this.#tailLength = TAIL_BYTES;
    }
    last.copy(this.#tail, this.#tailLength);
    this.#tailLength += last.length;
  }
}

function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString().split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function cut(line: string): string {
  return line.slice(0, MAX_LINE_CHARACTERS);
}
