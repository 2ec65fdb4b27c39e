import { createHash, type Hash } from 'node:crypto';
import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** What a stream carried, once it has ended. */
export interface StreamTotals {
  readonly bytes: number;
  /** SHA-256 of all its bytes, lower-case hex; null where nobody has seen all of them. */
  readonly sha256: string | null;
}

/** What all readers read into: each has passed on what it read when the next one reads. */
const shared = Buffer.allocUnsafeSlow(65_536);
const SHA256_OF_NOTHING = createHash('sha256').digest('hex');

/**
 * Reads one pipe of a command to its end. The reading stops while `pause` is in force, so that the command blocks in
 * write(2), and does not begin before `resume`. Owns `fd` and closes it.
 */
export class PipeReader {
  readonly #socket: Socket;
  /** Null until there is something to hash. */
  #hash: Hash | null = null;
  #bytes = 0;
  #discarding = false;
  /** Settles at the end of what is passed on: the stream's end, its early close, or `discard`. Never rejects. */
  readonly ended: Promise<void>;
  #end: () => void = () => undefined;

  /**
   * @param admit tells of each read how many of its bytes, the first ones, are of the stream: the rest is passed over
   * @param onData keeps no reference to the chunk: what is to stay of it is copied
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
        buffer: shared,
        callback: (length: number) => {
          this.#take(shared.subarray(0, length));
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
    this.#socket.once('close', this.#end);
  }

  /** Bytes read so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The totals of what was read. To be called once, at the end. */
  totals(): StreamTotals {
    return { bytes: this.#bytes, sha256: this.#hash?.digest('hex') ?? SHA256_OF_NOTHING };
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
    this.#hash ??= createHash('sha256');
    this.#hash.update(chunk);
  }
}
