import type { HookRun } from './hook-run.js';

const MAX_ENTRIES = 1000;

interface Entry {
  readonly run: Promise<HookRun>;
  /** Monotonic; Infinity while it runs. */
  until: number;
}

/** Answers of hooks, each for a while: the last 1000. Those who ask for the same while it is worked out share it. */
export class HookCache {
  readonly #entries = new Map<string, Entry>();

  /** The answer under this key, or that of `run`, which is kept where it is no failure. */
  async get(key: string, keptMs: number, run: () => Promise<HookRun>): Promise<HookRun> {
    const known = this.#entries.get(key);
    if (known !== undefined && known.until > performance.now())
      return { ...(await known.run), isCached: true, startedAt: Date.now(), durationMs: 0 };
    const entry: Entry = { run: run(), until: Infinity };
    // The newest stand last.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#bound();
    const done = await entry.run;
    entry.until = performance.now() + keptMs;
    if ('failure' in done.outcome && this.#entries.get(key) === entry) this.#entries.delete(key);
    return done;
  }

  #bound(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES) return;
      this.#entries.delete(key);
    }
  }
}
