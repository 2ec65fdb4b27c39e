import { createHash } from 'node:crypto';
import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** What a stream carried, once it has ended. */
export interface StreamTotals {
  readonly bytes: number;
  /** SHA-256 of all its bytes, lower-case hex; null where nobody has seen all of them. */
  readonly sha256: string | null;
}

const READ_BYTES = 65_536;
const POOLED_BUFFERS = 64;

/** Read buffers of readers that have ended: a short command should not cost the collector 128 KiB. */
const pool: Buffer[] = [];

/**
 * Reads one pipe of a command to its end. The reading stops while `pause` is in force, so that the command blocks in
 * write(2), and does not begin before `resume`. Owns `fd` and closes it. Reads into one buffer: what is to stay of it is copied.
 */
export class PipeReader {
  readonly #socket: Socket;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #discarding = false;
  /** Settles at the end of what is passed on: the stream's end, its early close, or `discard`. Never rejects. */
  readonly ended: Promise<void>;
  #end: () => void = () => undefined;

  readonly #buffer = pool.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);

  /**
   * @param admit tells of each read how many of its bytes, the first ones, are of the stream: the rest is passed over
   * @param onData keeps no reference to the chunk
   */
  constructor(
    fd: number,
    private readonly admit: (length: number) => number,
    private readonly onData: (chunk: Buffer) => void,
  ) {
    const options: SocketConstructorOpts & Pick<ConnectOpts, 'onread'> = {
      fd,
      readable: true,
      writable: false,
      onread: {
        buffer: () => this.#buffer,
        callback: (length: number) => {
          this.#take(this.#buffer.subarray(0, length));
          return true;
        },
      },
    };
    this.#socket = new Socket(options);
    // A read error ends the stream like its end does: what was read is counted and told.
    this.#socket.on('error', () => this.#socket.destroy());
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#socket.pause();
    this.#socket.once('end', this.#end);
    this.#socket.once('close', () => {
      if (pool.length < POOLED_BUFFERS) pool.push(this.#buffer);
      this.#end();
    });
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

  #take(read: Buffer): void {
    if (this.#discarding) return;
    const chunk = read.subarray(0, this.admit(read.length));
    if (chunk.length === 0) return;
    this.#bytes += chunk.length;
    this.onData(chunk);
    // After it is on its way: the client can work on it meanwhile.
    this.#hash.update(chunk);
  }
}
