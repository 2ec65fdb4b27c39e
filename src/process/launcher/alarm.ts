/** Rings once, at the earliest of the times it was set to. */
export class Alarm {
  #timer: NodeJS.Timeout | undefined;
  #atMs = Infinity;

  constructor(private readonly ring: () => void) {}

  /** @param atMs monotonic */
  set(atMs: number): void {
    if (this.#atMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#atMs = atMs;
    const delayMs = Math.max(1, atMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#atMs = Infinity;
      this.ring();
    }, delayMs);
  }
}
