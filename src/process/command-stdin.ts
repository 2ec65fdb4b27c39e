import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** How soon after its end, and how often at least, the pipe is opened for those who open it anew. */
const FIRST_OPENING_MS = 4;
const MAX_OPENING_MS = 500;

/**
 * This side of a command's stdin. Owns the descriptors and closes them.
 *
 * A FIFO is a pipe in all but one respect: who opens it anew, as /dev/stdin, when its writer has gone waits for the next
 * one (fifo(7)). So it is opened for a moment again and again as long as somebody holds its other end.
 */
export class CommandStdin {
  readonly #socket: Socket;
  #openingMs = FIRST_OPENING_MS;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  /**
   * @param writeEnd of the FIFO, non-blocking
   * @param fifo the FIFO by open(2) with O_PATH
   */
  constructor(
    writeEnd: number,
    private readonly fifo: number,
  ) {
    this.#socket = new Socket({ fd: writeEnd, readable: false, writable: true });
    // The command closed its stdin or ended: what it did not read is nobody's loss.
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.once('close', () => {
      this.#open();
    });
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  /** Bytes given to the command that it has not read. */
  get unreadBytes(): number {
    return this.#socket.writableLength;
  }

  /** @param taken called when the pipe has all of it, or with what it is closed by */
  write(data: Buffer, taken?: (error?: Error | null) => void): void {
    this.#socket.write(data, taken);
  }

  /** What was written is the whole input. */
  end(): void {
    this.#socket.end();
  }

  /** Nobody is left to read. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.destroy();
    if (this.#timer !== null) clearTimeout(this.#timer);
    closeSync(this.fifo);
  }

  #open(): void {
    if (this.#isClosed) return;
    try {
      closeSync(openSync(`/proc/self/fd/${String(this.fifo)}`, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch (error) {
      // Nobody holds the other end, and nobody will: the FIFO has no name any more.
      if ((error as NodeJS.ErrnoException).code === 'ENXIO') return;
    }
    this.#timer = setTimeout(() => {
      this.#open();
    }, this.#openingMs).unref();
    this.#openingMs = Math.min(this.#openingMs * 2, MAX_OPENING_MS);
  }
}
