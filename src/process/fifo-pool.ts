import { closeSync, constants, openSync } from 'node:fs';

/** Paths kept ready; below the first the pool asks for more. */
const LOW = 64;
const BATCH = 128;
/** What one command line of mkfifo takes. */
const MAX_BATCH = 4096;
/** Longest wait for paths. */
const PATIENCE_MS = 10_000;

interface Waiting {
  readonly count: number;
  readonly resolve: (paths: string[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * FIFOs ready for use. Node's own pipes for a child are sockets, which a child cannot open again as /dev/stderr; a FIFO
 * is a pipe in every respect. Each is used once.
 */
export class FifoPool {
  readonly #paths: string[] = [];
  #waiting: Waiting[] = [];
  #isServing = false;
  #asked = 0;

  /** @param ask asks for that many more paths, which arrive by `add` */
  constructor(private readonly ask: (count: number) => void) {}

  /** Forgets all paths and asks for new ones: whoever made them is gone, and another makes them from now on. */
  reset(): void {
    this.#paths.length = 0;
    this.#asked = 0;
    this.#refill();
  }

  /** Gives up those who wait: no one makes paths now. */
  fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }

  add(paths: readonly string[]): void {
    this.#asked = Math.max(0, this.#asked - paths.length);
    this.#paths.push(...paths);
    this.#serve();
    this.#refill();
  }

  /** That many unused paths, at once where they are there. Rejects where `fail` comes first. */
  take(count: number): string[] | Promise<string[]> {
    if (this.#paths.length >= count && this.#waiting.length === 0) {
      const taken = this.#paths.splice(-count);
      this.#refill();
      return taken;
    }
    return new Promise((resolve, reject) => {
      const tooLong = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        reject(new Error('ETIMEDOUT'));
      }, PATIENCE_MS);
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(tooLong);
          settle(value);
        };
      const waiting = { count, resolve: settled(resolve), reject: settled(reject) };
      this.#waiting.push(waiting);
      this.#refill();
    });
  }

  /** Those who wait, in their order, one in each turn of the event loop: a start follows, and each takes its time. */
  #serve(): void {
    const first = this.#waiting[0];
    if (this.#isServing || first === undefined || this.#paths.length < first.count) return;
    this.#isServing = true;
    this.#waiting.shift();
    first.resolve(this.#paths.splice(-first.count));
    setImmediate(() => {
      this.#isServing = false;
      this.#serve();
      this.#refill();
    });
  }

  #refill(): void {
    const wanted = LOW + this.#waiting.length * 3;
    if (this.#paths.length + this.#asked >= wanted) return;
    const count = Math.min(Math.max(BATCH, wanted), MAX_BATCH);
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
