/** Longest delay a Node timer takes; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Strikes when `limitMs` of unpaused time have passed since the start or the last `touch`: once, or with `repeat` once
 * after each touch; never where it is Infinity. Reads a monotonic clock; any length of time is allowed. `touch` is cheap
 * enough for every read of a flood.
 */
export class Deadline {
  #timer: NodeJS.Timeout | null = null;
  #since: number;
  #pausedAt: number | null = null;
  #isCleared = false;
  #hasStruck = false;

  constructor(
    private limitMs: number,
    private readonly strike: () => void,
    private readonly repeat = false,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#since = now();
    this.#arm();
  }

  /** Unpaused time since the start or the last touch, in milliseconds. */
  get elapsedMs(): number {
    return (this.#pausedAt ?? this.now()) - this.#since;
  }

  /** So much more of its time has passed. */
  spend(elapsedMs: number): void {
    this.#since -= elapsedMs;
    this.moveTo(this.limitMs);
  }

  /** Strikes at another length of time; once more where it has struck. */
  moveTo(limitMs: number): void {
    this.limitMs = limitMs;
    this.#hasStruck = false;
    if (this.#isCleared || this.#pausedAt !== null) return;
    this.#disarm();
    this.#arm();
  }

  touch(): void {
    this.#since = this.#pausedAt ?? this.now();
    if (!this.#hasStruck || !this.repeat) return;
    this.#hasStruck = false;
    if (this.#pausedAt === null) this.#arm();
  }

  pause(): void {
    if (this.#pausedAt !== null) return;
    this.#pausedAt = this.now();
    this.#disarm();
  }

  resume(): void {
    if (this.#pausedAt === null || this.#isCleared) return;
    this.#since += this.now() - this.#pausedAt;
    this.#pausedAt = null;
    if (!this.#hasStruck) this.#arm();
  }

  /** It will not strike any more. */
  clear(): void {
    this.#isCleared = true;
    this.#disarm();
    this.#pausedAt = this.now();
  }

  #arm(): void {
    if (this.limitMs === Infinity) return;
    const remaining = Math.max(0, Math.ceil(this.limitMs - this.elapsedMs));
    this.#timer = setTimeout(
      () => {
        this.#onTimer();
      },
      Math.min(remaining, MAX_TIMER_MS),
    );
  }

  #onTimer(): void {
    this.#timer = null;
    if (this.elapsedMs < this.limitMs) this.#arm();
    else {
      this.#hasStruck = true;
      this.strike();
    }
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
