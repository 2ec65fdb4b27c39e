/** A log as the budget knows it. */
export interface BudgetedLog {
  /** Gives up what no owner waits for, as long as the budget is used up. */
  shed(): void;
  /** There is room again. */
  wake(): void;
}

/**
 * The bytes that all logs of the service may keep together. Where they are used up, logs first give up what their owners
 * have got; then each writer waits at a small bound of its own. What writers had read when it was used up comes on top: a
 * read or two for each.
 */
export class LogBudget {
  #usedBytes = 0;
  /** Logs that keep more than they owe, the first to become so first. */
  readonly #sheddable = new Set<BudgetedLog>();
  readonly #waiting = new Set<BudgetedLog>();

  constructor(private readonly totalBytes: number) {}

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get isUsedUp(): boolean {
    return this.#usedBytes > this.totalBytes;
  }

  take(bytes: number): void {
    this.#usedBytes += bytes;
    for (const log of this.#sheddable) {
      if (!this.isUsedUp) return;
      log.shed();
    }
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
    if (this.#waiting.size === 0 || this.isUsedUp) return;
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const log of woken) log.wake();
  }

  /** Whether the log keeps something that it can give up. */
  mark(log: BudgetedLog, canShed: boolean): void {
    if (canShed) this.#sheddable.add(log);
    else this.#sheddable.delete(log);
  }

  /** The log's writers wait: it is woken once. */
  wait(log: BudgetedLog): void {
    this.#waiting.add(log);
  }

  /** The log keeps nothing any more. */
  leave(log: BudgetedLog): void {
    this.#sheddable.delete(log);
    this.#waiting.delete(log);
  }
}
