import type { EndedExecution } from './ended-execution.js';
import type { KnownExecution } from './known-execution.js';

interface Ended {
  readonly execution: KnownExecution;
  readonly endedAt: number;
  readonly bytes: number;
}

const MOST_OF_SESSION = 100;
const MOST_IN_ALL = 10_000;
/** Of what clients have said of them: commands and labels. */
const MOST_BYTES = 67_108_864;

/**
 * The ended executions that can still be asked for: each for a while, of one session the last 100, in all the last 10 000.
 * What a client has not got that may still come for it is kept beyond that.
 */
export class EndedExecutions {
  /** In the order of their ends. */
  readonly #ended = new Map<string, Ended>();
  readonly #countBySession = new Map<string, number>();
  #bytes = 0;

  /** @param onForget called for each that goes */
  constructor(
    private readonly ttlMs: number,
    private readonly onForget: (execution: KnownExecution) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  add(execution: KnownExecution, { request }: EndedExecution): void {
    const bytes = JSON.stringify([request.program, request.labels]).length;
    this.#ended.set(execution.id, { execution, endedAt: this.now(), bytes });
    this.#bytes += bytes;
    this.#count(execution.sessionId, 1);
    this.forget();
    if ((this.#countBySession.get(execution.sessionId) ?? 0) > MOST_OF_SESSION) this.#dropOneOf(execution.sessionId);
  }

  /** Forgets what is too old or too much. */
  forget(): void {
    const now = this.now();
    for (const ended of this.#ended.values()) {
      const isTooMuch = this.#ended.size > MOST_IN_ALL || this.#bytes > MOST_BYTES;
      if (!isTooMuch && now - ended.endedAt < this.ttlMs) return;
      if (!ended.execution.isAwaited) this.#drop(ended);
    }
  }

  #dropOneOf(sessionId: string): void {
    for (const ended of this.#ended.values()) {
      if (ended.execution.sessionId !== sessionId || ended.execution.isAwaited) continue;
      this.#drop(ended);
      return;
    }
  }

  #drop({ execution, bytes }: Ended): void {
    this.#ended.delete(execution.id);
    this.#bytes -= bytes;
    this.#count(execution.sessionId, -1);
    this.onForget(execution);
  }

  #count(sessionId: string, change: number): void {
    const count = (this.#countBySession.get(sessionId) ?? 0) + change;
    if (count === 0) this.#countBySession.delete(sessionId);
    else this.#countBySession.set(sessionId, count);
  }
}
