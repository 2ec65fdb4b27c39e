import { Injectable } from '@nestjs/common';

/** Time that starts may take of one turn of the event loop, in milliseconds. */
const TURN_MS = 2;

/**
 * Spreads a burst of starts over turns of the event loop: they come on many connections, and the loop would handle all that
 * have come before it looks at anybody's output.
 */
@Injectable()
export class StartTurns {
  readonly #waiting: (() => void)[] = [];
  /** When the first start of this turn began; monotonic, null where none has. */
  #sinceMs: number | null = null;

  /** Null where this turn has time left; else resolves in a later one, in the order of the calls. */
  take(): Promise<void> | null {
    this.#sinceMs ??= this.#open();
    if (this.#waiting.length === 0 && performance.now() - this.#sinceMs < TURN_MS) return null;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #open(): number {
    setImmediate(() => {
      const next = this.#waiting.shift();
      this.#sinceMs = next === undefined ? null : this.#open();
      next?.();
    });
    return performance.now();
  }
}
