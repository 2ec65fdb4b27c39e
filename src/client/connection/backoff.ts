/** When a lost connection is tried again. Milliseconds. */
export interface BackoffLimits {
  /** Upper bound of the first wait. */
  readonly initialDelayMs: number;
  /** Upper bound of all. */
  readonly maxDelayMs: number;
}

/**
 * Waits that grow: exponential back-off with full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015), so that
 * many clients of a service that comes back do not come at the same moment.
 */
export class Backoff {
  #attempts = 0;

  constructor(
    private readonly limits: BackoffLimits,
    /** In [0, 1). */
    private readonly random: () => number,
  ) {}

  /** How long to wait before the next attempt. */
  next(): number {
    const { initialDelayMs, maxDelayMs } = this.limits;
    const bound = Math.min(maxDelayMs, initialDelayMs * 2 ** this.#attempts);
    this.#attempts += 1;
    return this.random() * bound;
  }

  /** A connection that lasts longer than the longest wait has been a good one. */
  lasted(ms: number): void {
    if (ms > this.limits.maxDelayMs) this.#attempts = 0;
  }
}
