import { types } from 'node:util';
import { ClassicLevel } from 'classic-level';
import { CLOCK_DIFFERENCE_MS, runFromStored, storedRun } from './stored-run.js';
import { KEPT_RUNS, type TaskRun } from '../task-run.js';

/** What changes under one key. */
export interface HistoryChange {
  readonly key: string;
  readonly added: readonly TaskRun[];
  readonly removed: readonly TaskRun[];
}

/** Small: the service is, and what is asked for often is in memory. */
const OPTIONS = { cacheSize: 1_048_576, writeBufferSize: 1_048_576, maxOpenFiles: 64 };
/** Most entries and bytes that a read looks at. */
const MAX_ENTRIES = 2 * KEPT_RUNS;
const MAX_BYTES = 16_777_216;
/** Bytes that are fetched at a time: more than all runs of a task take. */
const CHUNK_BYTES = 65_536;
/** The name of a run: its key, when it ended, its execution. */
const ENTRY = /^([^!]+)!(\d{16})![\w.:-]{1,64}$/;

/**
 * Runs in a LevelDB directory, one entry each. What a write has resolved for survives the end of this process, however it
 * comes; a power failure may take the last moments. One process at a time can have it open.
 */
export class HistoryDatabase {
  readonly #level: ClassicLevel;

  constructor(directory: string) {
    this.#level = new ClassicLevel(directory, OPTIONS);
  }

  /** Restores what can be. Rejects as `open`, and where that fails. */
  static async repair(directory: string): Promise<void> {
    await ClassicLevel.repair(directory);
  }

  /** True for the error of a database that another process has open. */
  static isInUse(error: unknown): boolean {
    return codeOf(error) === 'LEVEL_LOCKED';
  }

  /** True for an error of what is on the disk. */
  static isDamage(error: unknown): boolean {
    return codeOf(error) === 'LEVEL_CORRUPTION';
  }

  /** What the library or the system says went wrong, without the file's name. */
  static reasonOf(error: unknown): string {
    const { message } = causeOf(error);
    return message.slice(message.lastIndexOf(': ') + 1).trim();
  }

  /** Rejects where another process has it open, and as `read`. */
  async open(): Promise<void> {
    await this.#level.open();
  }

  async close(): Promise<void> {
    await this.#level.close();
  }

  /** The runs under a key, oldest first, the last 100. Rejects where the disk or what is on it is not sound. */
  async read(key: string): Promise<TaskRun[]> {
    const now = Date.now();
    const [gt] = bounds(key);
    const lt = `${key}!${time(now + CLOCK_DIFFERENCE_MS)}`;
    const entries = this.#level.values({ gt, lt, reverse: true, highWaterMarkBytes: CHUNK_BYTES });
    try {
      const runs: TaskRun[] = [];
      let bytes = 0;
      for (let seen = 0; seen < MAX_ENTRIES && bytes < MAX_BYTES && runs.length < KEPT_RUNS;) {
        const values = await entries.nextv(KEPT_RUNS);
        if (values.length === 0) break;
        seen += values.length;
        for (const value of values) {
          bytes += value.length;
          const run = runFromStored(value, now);
          if (run !== null) runs.push(run);
        }
      }
      return runs.slice(0, KEPT_RUNS).reverse();
    } finally {
      await entries.close();
    }
  }

  /** Writes all changes or none. Rejects as `read`. */
  async write(changes: readonly HistoryChange[]): Promise<void> {
    await this.#level.batch(
      changes.flatMap(({ key, added, removed }) => [
        ...removed.map((run) => ({ type: 'del' as const, key: entry(key, run) })),
        ...added.map((run) => ({ type: 'put' as const, key: entry(key, run), value: storedRun(run) })),
      ]),
    );
  }

  /**
   * Removes the keys whose last run ended before a time, and those beyond the `maxKeys` used last, and what is no run.
   * @returns the removed keys
   */
  async sweep(endedBefore: number, maxKeys: number): Promise<string[]> {
    const { lastRuns, strays } = await this.#survey();
    const removed = lastRuns
      .sort((a, b) => b.endedAt - a.endedAt)
      .filter(({ endedAt }, index) => endedAt < endedBefore || index >= maxKeys)
      .map(({ key }) => key);
    await this.#level.batch(strays.map((key) => ({ type: 'del' as const, key })));
    for (const key of removed) {
      const [gt, lt] = bounds(key);
      await this.#level.clear({ gt, lt });
    }
    return removed;
  }

  /** The keys with the end of their last run, found by leaping from key to key. */
  async #survey(): Promise<{ lastRuns: { key: string; endedAt: number }[]; strays: string[] }> {
    const latest = Date.now() + CLOCK_DIFFERENCE_MS;
    const lastRuns = [];
    const strays = [];
    const names = this.#level.keys({ reverse: true });
    try {
      for (let name = await names.next(); name !== undefined; name = await names.next()) {
        const [, key, endedAt] = ENTRY.exec(name) ?? [];
        if (key === undefined || Number(endedAt) > latest) strays.push(name);
        else {
          lastRuns.push({ key, endedAt: Number(endedAt) });
          names.seek(bounds(key)[0]);
        }
      }
    } finally {
      await names.close();
    }
    return { lastRuns, strays };
  }
}

function causeOf(error: unknown): Error {
  if (!types.isNativeError(error)) return new Error(String(error));
  return types.isNativeError(error.cause) ? error.cause : error;
}

function codeOf(error: unknown): string | undefined {
  return (causeOf(error) as NodeJS.ErrnoException).code;
}

function entry(key: string, run: TaskRun): string {
  return `${key}!${time(run.endedAt)}!${run.executionId}`;
}

function time(epochMs: number): string {
  return String(Math.round(epochMs)).padStart(16, '0');
}

/** All entries of a key lie between them. */
function bounds(key: string): [string, string] {
  return [`${key}!`, `${key}"`];
}
