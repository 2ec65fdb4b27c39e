/** When silence is looked into, and how long the answer may take. Milliseconds. */
export interface SilenceLimits {
  readonly silenceMs: number;
  readonly deadlineMs: number;
}

/**
 * Finds out that a connection is a black hole: after `silenceMs` without a sign of life, or `deadlineMs` while an answer is
 * awaited, it probes; without one for `deadlineMs` more the connection is dead.
 */
export class SilenceWatch {
  #heardAt = performance.now();
  #probedAt: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly limits: SilenceLimits,
    private readonly state: { readonly isAwaiting: boolean; readonly isPaused: boolean },
    private readonly probe: () => void,
    private readonly dead: () => void,
  ) {
    this.#schedule();
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#probedAt = null;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const { silenceMs, deadlineMs } = this.limits;
    // Where nothing is read, nothing is heard.
    if (this.state.isPaused) this.heard();
    else if (this.#probedAt !== null && now - this.#probedAt >= deadlineMs) {
      this.dead();
      return;
    } else if (this.#probedAt === null && now - this.#heardAt >= this.#patienceMs(silenceMs, deadlineMs)) {
      this.#probedAt = now;
      this.probe();
    }
    this.#schedule();
  }

  #patienceMs(silenceMs: number, deadlineMs: number): number {
    return this.state.isAwaiting ? Math.min(silenceMs, deadlineMs) : silenceMs;
  }

  #schedule(): void {
    const { silenceMs, deadlineMs } = this.limits;
    this.#timer = setTimeout(
      () => {
        this.#look();
      },
      Math.min(silenceMs, deadlineMs) / 4,
    );
  }
}
