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

  /** Resolves in this turn where it has time left, else in a later one, in the order of the calls. */
  async take(): Promise<void> {
    this.#sinceMs ??= this.#open();
    if (this.#waiting.length === 0 && performance.now() - this.#sinceMs < TURN_MS) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
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
