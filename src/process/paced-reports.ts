/** Reports that one turn of the event loop takes: what follows from each (answers, frames) is done in the same turn. */
const A_TURN = 8;

/**
 * Hands on what a launcher reports, in order, a few in each turn of the event loop: many come in one read when the loop was
 * busy, and would keep it so.
 */
export class PacedReports<T> {
  readonly #waiting: T[] = [];
  /** How many more this turn takes. */
  #left = A_TURN;
  #isOpen = false;

  constructor(private readonly take: (report: T) => void) {}

  push(report: T): void {
    if (!this.#isOpen) this.#open();
    if (this.#waiting.length > 0 || this.#left === 0) this.#waiting.push(report);
    else {
      this.#left--;
      this.take(report);
    }
  }

  #open(): void {
    this.#isOpen = true;
    this.#left = A_TURN;
    setImmediate(() => {
      const next = this.#waiting.splice(0, A_TURN);
      this.#isOpen = this.#waiting.length > 0 || next.length > 0;
      if (this.#isOpen) this.#open();
      this.#left -= next.length;
      for (const report of next) this.take(report);
    });
  }
}
