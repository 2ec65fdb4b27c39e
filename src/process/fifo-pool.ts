import { closeSync, constants, openSync } from 'node:fs';

/** Paths kept ready; below the first the pool asks for more. */
const LOW = 64;
const BATCH = 128;

/**
 * FIFOs ready for use. Node's own pipes for a child are sockets, which a child cannot open again as /dev/stderr; a FIFO
 * is a pipe in every respect. Each is used once.
 */
export class FifoPool {
  readonly #paths: string[] = [];
  #waiting: (() => void)[] = [];
  #asked = 0;

  /** @param ask asks for that many more paths, which arrive by `add` */
  constructor(private readonly ask: (count: number) => void) {}

  /** Forgets all paths: whoever made them is gone. */
  reset(): void {
    this.#paths.length = 0;
    this.#asked = 0;
    this.#refill();
  }

  add(paths: readonly string[]): void {
    this.#asked = Math.max(0, this.#asked - paths.length);
    this.#paths.push(...paths);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
    this.#refill();
  }

  /** That many unused paths, at once where they are there. */
  take(count: number): string[] | Promise<string[]> {
    if (this.#paths.length >= count && this.#waiting.length === 0) {
      const taken = this.#paths.splice(-count);
      this.#refill();
      return taken;
    }
    return this.#wait(count);
  }

  async #wait(count: number): Promise<string[]> {
    do {
      const more = new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.#refill();
      await more;
    } while (this.#paths.length < count);
    return this.#paths.splice(-count);
  }

  #refill(): void {
    const wanted = LOW + this.#waiting.length * 3;
    if (this.#paths.length + this.#asked >= wanted) return;
    const count = Math.max(BATCH, wanted);
    this.#asked += count;
    this.ask(count);
  }
}

/** The reading end of a FIFO, non-blocking; does not wait for a writer. */
export function openReadEnd(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

/** The writing end of a FIFO, non-blocking; does not wait for a reader. */
export function openWriteEnd(path: string): number {
  const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } finally {
    closeSync(both);
  }
}
