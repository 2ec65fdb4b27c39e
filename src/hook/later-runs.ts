const AT_A_TIME = 4;
const MAX_WAITING = 1000;

/** Work that nobody waits for, a few pieces at a time, in order. */
export class LaterRuns {
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;
  #onIdle: (() => void)[] = [];

  /** Takes a piece that never rejects. @returns false where too many wait: it will not be done */
  add(work: () => Promise<void>): boolean {
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(work);
    this.#next();
    return true;
  }

  /** Settles when nothing is left to do. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #next(): void {
    const work = this.#running < AT_A_TIME ? this.#waiting.shift() : undefined;
    if (work !== undefined) {
      this.#running++;
      void work().then(() => {
        this.#running--;
        this.#next();
      });
    } else if (this.#running === 0) {
      for (const tell of this.#onIdle.splice(0)) tell();
    }
  }
}
