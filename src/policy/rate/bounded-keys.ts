/** Keys that have a count of their own in one window. */
const MAX_KEYS = 10_000;

/** The one count that all keys beyond the bound share. */
const SHARED = 'address:others';

/**
 * Bounds how many keys are counted apart, whoever invents them: in each window the first 10 000 addresses are, those that
 * come then share one count until the next. Tokens are as many as the operator has given out, and always counted apart.
 */
export class BoundedKeys {
  #current = new Set<string>();
  #previous = new Set<string>();
  #turnsAt: number;

  /** @param now a monotonic clock in milliseconds */
  constructor(
    private readonly windowMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#turnsAt = now() + windowMs;
  }

  /** The key to count under. */
  bounded(key: string): string {
    if (!key.startsWith('address:')) return key;
    this.#turn();
    if (this.#current.has(key)) return key;
    if (this.#current.size >= MAX_KEYS) return this.#previous.has(key) ? key : SHARED;
    this.#current.add(key);
    return key;
  }

  #turn(): void {
    const now = this.now();
    if (now < this.#turnsAt) return;
    // A count of the window before may still hold; one of an older window has expired.
    this.#previous = now - this.#turnsAt < this.windowMs ? this.#current : new Set();
    this.#current = new Set();
    this.#turnsAt = now + this.windowMs;
  }
}
