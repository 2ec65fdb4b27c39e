/** A refusal stands at least this long: a server at the edge of full takes some writes and refuses others. */
const REFUSAL_MS = 3000;

/** Whether a server that answers takes writes, by what came of the last ones. */
export class WriteRefusal {
  /** When it last refused one, by a monotonic clock. */
  #refusedAt: number | null = null;

  /** @returns true where that is news */
  refuse(): boolean {
    const isNews = this.#refusedAt === null;
    this.#refusedAt = performance.now();
    return isNews;
  }

  /** @returns true where that is news */
  accept(): boolean {
    if (this.#refusedAt === null || performance.now() - this.#refusedAt < REFUSAL_MS) return false;
    this.#refusedAt = null;
    return true;
  }

  forget(): void {
    this.#refusedAt = null;
  }
}
