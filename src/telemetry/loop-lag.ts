import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** How often the system's timer is looked at; what a look costs is not seen in any measurement. */
const RESOLUTION_MS = 20;
const WINDOW_MS = 1000;

/** How late the event loop is, measured all the time. */
@Injectable()
export class LoopLag implements OnModuleDestroy {
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #timer: NodeJS.Timeout;
  #lastMs = 0;

  constructor() {
    this.#delays.enable();
    this.#timer = setInterval(() => {
      this.#lastMs = this.#meanMs();
      this.#delays.reset();
    }, WINDOW_MS).unref();
  }

  /** Mean lateness of timers in the last second, in milliseconds; of a loop that stood still, how long it did. */
  get meanMs(): number {
    return this.#lastMs;
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
    this.#delays.disable();
  }

  #meanMs(): number {
    return this.#delays.count === 0 ? 0 : Math.max(0, this.#delays.mean / 1e6 - RESOLUTION_MS);
  }
}
