import type { StreamName } from '../../../stream/output-options.js';
import { PipeReader } from '../../../stream/pipe-reader.js';
import type { SpoolFrame } from './spool-frame.js';
import { SpoolWriter } from './spool-writer.js';

/** Bytes that wait for the service above which nothing more is read, so that the command blocks in write(2). */
const AHEAD_BYTES = 1_048_576;
/** Time after which a file system without room is tried again. */
const RETRY_MS = 500;

/** This side's ends of a command's output. */
export interface OutputEnds {
  readonly stdout: number;
  readonly stderr: number;
}

/**
 * Reads the output of a command into its spool, whether a service is there or not, and never further ahead of it than a
 * bound. Owns the descriptors and closes them.
 */
export class SpooledOutput {
  readonly #writer: SpoolWriter;
  readonly #readers: Readonly<Record<StreamName, PipeReader>>;
  /** Frames for which there was no room. */
  #waiting: SpoolFrame[] = [];
  #retry: NodeJS.Timeout | null = null;
  #consumedBytes = 0;
  #roomBytes: number;
  #isOverfull = false;
  #isDiscarding = false;
  #isClosed = false;

  /**
   * @param maxOutputBytes of both streams; null = any number
   * @param onSpooled tells how many bytes the spool has
   * @throws the system's error
   */
  constructor(
    ends: OutputEnds,
    directory: string,
    private readonly maxOutputBytes: number | null,
    private readonly onSpooled: (bytes: number) => void,
  ) {
    this.#writer = new SpoolWriter(directory);
    this.#roomBytes = maxOutputBytes ?? Infinity;
    this.#readers = { stdout: this.#read('stdout', ends.stdout), stderr: this.#read('stderr', ends.stderr) };
  }

  /** Bytes of the spool. */
  get bytes(): number {
    return this.#writer.bytes;
  }

  /** The command runs. */
  start(): void {
    this.#flow();
  }

  /** The service has taken all up to here. */
  consumed(bytes: number): void {
    this.#consumedBytes = bytes;
    this.#flow();
  }

  /** What else comes is read and passed over. */
  discard(): void {
    this.#isDiscarding = true;
    for (const reader of Object.values(this.#readers)) reader.discard();
  }

  /** Stops reading: writers get EPIPE. */
  closeOutput(): void {
    for (const reader of Object.values(this.#readers)) reader.close();
  }

  /** Nobody asks for it any more. */
  close(): void {
    this.#isClosed = true;
    this.closeOutput();
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#writer.close();
  }

  #read(stream: StreamName, fd: number): PipeReader {
    const reader = new PipeReader(
      fd,
      (length) => this.#admit(length),
      (chunk) => {
        this.#append({ kind: stream, data: chunk });
      },
    );
    void reader.ended.then(() => {
      this.#append({ kind: `${stream}-end`, data: Buffer.from(JSON.stringify(reader.totals())) });
    });
    return reader;
  }

  #admit(length: number): number {
    const admitted = Math.min(length, this.#roomBytes);
    this.#roomBytes -= admitted;
    if (admitted < length && !this.#isOverfull) {
      this.#isOverfull = true;
      const limit = this.maxOutputBytes ?? 0;
      const observed = limit + length - admitted;
      // What is admitted is passed on first.
      queueMicrotask(() => {
        this.#append({ kind: 'exceeded', data: Buffer.from(JSON.stringify({ limit, observed })) });
        this.discard();
      });
    }
    return admitted;
  }

  #append(frame: SpoolFrame): void {
    if (this.#isClosed) return;
    if (this.#waiting.length > 0 || !this.#writer.append(frame)) {
      this.#waiting.push({ ...frame, data: Buffer.from(frame.data) });
      this.#retry ??= setInterval(() => {
        this.#again();
      }, RETRY_MS);
    } else this.onSpooled(this.bytes);
    this.#flow();
  }

  #again(): void {
    const before = this.bytes;
    let frame = this.#waiting[0];
    for (; frame !== undefined && this.#writer.append(frame); frame = this.#waiting[0]) this.#waiting.shift();
    if (this.bytes > before) this.onSpooled(this.bytes);
    if (frame !== undefined) return;
    if (this.#retry !== null) clearInterval(this.#retry);
    this.#retry = null;
    this.#flow();
  }

  #flow(): void {
    const isNear = this.#waiting.length === 0 && this.bytes - this.#consumedBytes < AHEAD_BYTES;
    for (const reader of Object.values(this.#readers)) {
      if (isNear || this.#isDiscarding) reader.resume();
      else reader.pause();
    }
  }
}
