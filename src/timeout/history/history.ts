import { inTime } from '../../redis/in-time.js';
import type { HistoryStore } from './history-store.js';
import type { TaskRun } from '../task-run.js';
import { withRun } from './with-run.js';

/** Tasks that are kept in memory, those asked for last. */
const MAX_KEYS = 2000;
/** Age from which what is in memory is read again in the background: other services learn too. */
const STALE_MS = 30_000;
/** Longest that a question waits for one store, be it a disk that hangs. */
const ANSWER_MS = 200;
/** Runs that wait for a store that is away. */
const MAX_PENDING = 1000;

interface Known {
  runs: readonly TaskRun[];
  /** Monotonic. */
  readAt: number;
}

interface Pending {
  readonly keys: readonly string[];
  readonly run: TaskRun;
}

/**
 * What is known of tasks: in memory for those asked for lately, beneath it the stores, the first of which that knows a
 * task is believed. A store that cannot be reached costs a question one refusal at most, and loses no run: it gets what
 * it missed, up to the last 1000, with `catchUp` or when it takes a run again.
 */
export class History {
  readonly #known = new Map<string, Known>();
  readonly #reading = new Map<string, Promise<readonly TaskRun[]>>();
  readonly #pending = new Map<HistoryStore, Pending[]>();

  /** @param stores the most trusted first */
  constructor(
    private readonly stores: readonly HistoryStore[],
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The runs under a key, oldest first; at once where they are in memory. Never rejects. */
  runs(key: string): readonly TaskRun[] | Promise<readonly TaskRun[]> {
    const known = this.#known.get(key);
    if (known === undefined) return this.#read(key);
    if (this.now() - known.readAt > STALE_MS) {
      known.readAt = this.now();
      void this.#read(key);
    }
    return known.runs;
  }

  /** Adds a run under each of the keys: in memory at once, in the stores as soon as they take it. Never rejects. */
  async add(keys: readonly string[], run: TaskRun): Promise<void> {
    for (const key of keys) {
      const known = this.#known.get(key);
      if (known !== undefined) known.runs = withRun(known.runs, run);
    }
    await Promise.all(this.stores.map((store) => this.#append(store, { keys, run })));
  }

  /** A store is back: it gets what it missed. */
  async catchUp(store: HistoryStore): Promise<void> {
    const missed = this.#pending.get(store) ?? [];
    this.#pending.delete(store);
    for (const pending of missed) await this.#append(store, pending);
    // What it holds was not known while it was away.
    for (const known of this.#known.values()) known.readAt = -Infinity;
  }

  async #append(store: HistoryStore, pending: Pending): Promise<void> {
    try {
      await store.append(pending.keys, pending.run);
      if (this.#pending.has(store)) await this.catchUp(store);
    } catch {
      // The store tells its own state; what it could not take waits for its return.
      const waiting = this.#pending.get(store) ?? [];
      waiting.push(pending);
      this.#pending.set(store, waiting.slice(-MAX_PENDING));
    }
  }

  /** Questions for the same key at the same time are one. */
  #read(key: string): Promise<readonly TaskRun[]> {
    const underWay = this.#reading.get(key);
    if (underWay !== undefined) return underWay;
    const reading = this.#ask(key).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  async #ask(key: string): Promise<readonly TaskRun[]> {
    let found: readonly TaskRun[] = [];
    for (const store of this.stores) {
      // A store that is away has told so itself; the next one is asked.
      const runs = await inTime(store.read(key), ANSWER_MS, tooLate).catch(() => []);
      if (runs.length > found.length) found = runs;
      if (found.length > 0) break;
    }
    return this.#remember(key, found);
  }

  /** What was learned here and has not reached the store is kept. */
  #remember(key: string, found: readonly TaskRun[]): readonly TaskRun[] {
    const runs = (this.#known.get(key)?.runs ?? []).reduce(withRun, found);
    this.#known.delete(key);
    this.#known.set(key, { runs, readAt: this.now() });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KEYS) break;
      this.#known.delete(oldest);
    }
    return runs;
  }
}

function tooLate(): Error {
  return new Error('The store does not answer');
}
