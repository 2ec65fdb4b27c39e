import { type SystemLoad, UNKNOWN_LOAD } from './system-load.js';

const PERIOD_MS = 2000;
/** Time from the first sample to the second, which is the first to know CPU use. */
const FIRST_PERIOD_MS = 500;
/** Age at which a sample says nothing any more. */
const STALE_MS = 30_000;

/**
 * Keeps the last sample of the load: one about every 2 s, never two at a time. A sample that fails or hangs leaves the
 * one before it for 30 s.
 */
export class LoadWatch {
  #load = UNKNOWN_LOAD;
  #sampledAt: number;
  #isKnown = true;
  #isSampling = false;
  #failure: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param sample may reject
   * @param onChange is told when the load has not been known for 30 s, with the last failure, and with null when it is
   *   known again
   */
  constructor(
    private readonly sample: () => Promise<SystemLoad>,
    private readonly onChange: (unknownBecause: string | null) => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#sampledAt = now();
  }

  get load(): SystemLoad {
    return this.#isStale ? UNKNOWN_LOAD : this.#load;
  }

  start(): void {
    this.#tick();
    this.#timer = setTimeout(() => {
      this.#tick();
      this.#timer = setInterval(() => {
        this.#tick();
      }, PERIOD_MS).unref();
    }, FIRST_PERIOD_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get #isStale(): boolean {
    return this.now() - this.#sampledAt > STALE_MS;
  }

  #tick(): void {
    if (this.#isStale && this.#isKnown) {
      this.#isKnown = false;
      this.onChange(this.#failure ?? 'the system does not answer');
    }
    if (!this.#isSampling) void this.#take();
  }

  async #take(): Promise<void> {
    this.#isSampling = true;
    try {
      this.#load = await this.sample();
      this.#sampledAt = this.now();
      this.#failure = null;
      if (!this.#isKnown) this.onChange(null);
      this.#isKnown = true;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
    } finally {
      this.#isSampling = false;
    }
  }
}
