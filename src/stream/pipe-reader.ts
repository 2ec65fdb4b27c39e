import { createHash } from 'node:crypto';
import { Socket } from 'node:net';

/** What a stream carried, once it has ended. */
export interface StreamTotals {
  readonly bytes: number;
  /** SHA-256 of all its bytes, lower-case hex. */
  readonly sha256: string;
}

/**
 * Reads one pipe of a command to its end. The reading stops while `pause` is in force, so that the command blocks in
 * write(2). Owns `fd` and closes it.
 */
export class PipeReader {
  readonly #socket: Socket;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #discarding = false;
  /** Settles at the end of what is passed on: the stream's end, its early close, or `discard`. Never rejects. */
  readonly ended: Promise<void>;
  #end: () => void = () => undefined;

  constructor(
    fd: number,
    private readonly onData: (chunk: Buffer) => void,
  ) {
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.pause();
    this.#socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    // A read error ends the stream like its end does: what was read is counted and told.
    this.#socket.on('error', () => this.#socket.destroy());
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#socket.once('close', this.#end);
  }

  /** Bytes read so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The totals of what was read. To be called once, at the end. */
  totals(): StreamTotals {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Reads on, so that the writer is never blocked or broken, but passes nothing on. */
  discard(): void {
    this.#discarding = true;
    this.#end();
    this.#socket.resume();
  }

  /** Stops reading: the writer gets EPIPE. */
  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#discarding) return;
    this.#bytes += chunk.length;
    this.#hash.update(chunk);
    this.onData(chunk);
  }
}
