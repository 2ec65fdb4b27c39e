import { join } from 'node:path';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { inTime } from '../../redis/in-time.js';
import { HistoryDatabase } from './history-database.js';
import { HistoryStore } from './history-store.js';
import { openHistory } from './open-history.js';
import type { TaskRun } from '../task-run.js';
import { withRun } from './with-run.js';

/** Keys in memory, those used last. */
const KEYS_IN_MEMORY = 256;
/** Keys on disk, those used last; some 25 KiB each at most. */
const KEYS_ON_DISK = 4000;
/** Runs after which what has expired is looked for again. */
const RUNS_PER_SWEEP = 10_000;
/** Longest that a question waits for the disk. */
const ANSWER_MS = 150;
/** Runs that end within this time are written together. */
const GATHER_MS = 100;
/** Until what cannot be opened is tried again: what another service has open, and what the system refuses. */
const RETRY_IN_USE_MS = 5000;
const RETRY_MS = 60_000;

/**
 * History in DATA_DIR/history, of one service at a time. It outlives the service; one that is killed loses the runs of its
 * last tenth of a second. Where it cannot be opened or written, which one line in the log tells, this service learns in memory and tries again; what it learned
 * meanwhile is then kept too.
 */
@Injectable()
export class EmbeddedHistoryStore extends HistoryStore implements OnModuleInit, OnApplicationShutdown {
  readonly name = 'embedded';
  readonly #logger = new Logger(EmbeddedHistoryStore.name);
  readonly #directory: string;
  readonly #memory = new Map<string, readonly TaskRun[]>();
  #database: HistoryDatabase | null = null;
  /** Settles when all that was begun is done; what changes the history is done one step after the other. */
  #work: Promise<void> = Promise.resolve();
  #opened: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  /** Runs to be written next, by key, and what settles when they are. */
  #gathered = new Map<string, TaskRun[]>();
  #written: Promise<void> | null = null;
  #write: () => void = () => undefined;
  /** Why it is not kept on disk, as was told; null while it is. */
  #trouble: string | null = null;
  #unsweptRuns = 0;
  #hasEnded = false;

  constructor(private readonly config: AppConfig) {
    super();
    this.#directory = join(config.data.directory, 'history');
  }

  /** Begins to open it: the start of the service waits for no disk. */
  onModuleInit(): void {
    this.#opened = this.#do(() => this.#open(false));
    void this.#do(() => this.#sweep());
  }

  /** Rejects where the disk takes longer than 150 ms; what it cannot read is not known. */
  override async read(key: string): Promise<TaskRun[]> {
    const runs = await inTime(
      this.#opened.then(() => this.#stored(key)),
      ANSWER_MS,
      () => new Error(`The disk of ${this.#directory} does not answer`),
    );
    return this.#isExpired(runs) ? [] : [...runs];
  }

  /** Resolves when it is kept: on disk, or where that cannot be, in memory. */
  override append(keys: readonly string[], run: TaskRun): Promise<void> {
    for (const key of keys) {
      const runs = this.#gathered.get(key);
      if (runs === undefined) this.#gathered.set(key, [run]);
      else runs.push(run);
    }
    this.#unsweptRuns++;
    this.#written ??= this.#gather();
    return this.#written;
  }

  /** Closes it when all that was begun is done. */
  async onApplicationShutdown(): Promise<void> {
    this.#hasEnded = true;
    clearTimeout(this.#retry);
    this.#write();
    await this.#written;
    await this.#do(async () => {
      await this.#database?.close();
      this.#database = null;
    });
  }

  /** Waits for a moment for more, then writes them all at once. */
  async #gather(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      this.#write = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    const gathered = this.#gathered;
    this.#gathered = new Map();
    this.#written = null;
    await this.#do(async () => {
      await this.#merge(gathered, (key) => this.#stored(key));
      if (this.#unsweptRuns >= RUNS_PER_SWEEP) await this.#sweep();
    });
  }

  #do(step: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(step).catch((error: unknown) => {
      this.#logger.error(`The history in ${this.#directory} failed: ${HistoryDatabase.reasonOf(error)}`);
    });
    return this.#work;
  }

  async #open(isDamaged: boolean): Promise<void> {
    if (this.#hasEnded) return;
    const opened = await openHistory(this.#directory, isDamaged);
    this.#database = opened.database;
    if (opened.database === null) {
      this.#tell(opened.remark, false, opened.isInUse ? RETRY_IN_USE_MS : RETRY_MS);
      return;
    }
    if (opened.remark !== null) this.#logger.warn(opened.remark);
    const { database } = opened;
    await this.#merge(this.#memory, (key) => database.read(key)).catch((error: unknown) => this.#lose(database, error));
    if (this.#database === null) return;
    if (this.#trouble !== null) this.#logger.log(`The history in ${this.#directory} is kept again`);
    this.#trouble = null;
  }

  /** The disk fails: it is tried again after a while. */
  async #lose(database: HistoryDatabase, error: unknown): Promise<void> {
    if (this.#database !== database) return;
    this.#database = null;
    const why = HistoryDatabase.reasonOf(error);
    this.#tell(
      `The history in ${this.#directory} cannot be kept (${why}): this service learns in memory only`,
      HistoryDatabase.isDamage(error),
      RETRY_MS,
    );
    await database.close();
  }

  /** Tells a trouble once. */
  #tell(trouble: string, isDamaged: boolean, retryMs: number): void {
    if (this.#trouble !== trouble) this.#logger.warn(trouble);
    this.#trouble = trouble;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#do(() => this.#open(isDamaged)), retryMs).unref();
  }

  /** All runs under a key, expired or not. */
  async #stored(key: string): Promise<readonly TaskRun[]> {
    const database = this.#database;
    const kept = this.#memory.get(key);
    if (kept !== undefined) this.#remember(key, kept);
    if (kept !== undefined || database === null) return kept ?? [];
    try {
      const runs = await database.read(key);
      if (runs.length > 0 && !this.#memory.has(key)) this.#remember(key, runs);
      return runs;
    } catch (error) {
      void this.#do(() => this.#lose(database, error));
      return [];
    }
  }

  /** Adds what was learned to what is stored, in memory and on disk. */
  async #merge(
    learned: ReadonlyMap<string, readonly TaskRun[]>,
    read: (key: string) => Promise<readonly TaskRun[]>,
  ): Promise<void> {
    const changes = [];
    for (const [key, runs] of [...learned]) {
      const stored = await read(key);
      const after = runs.reduce(withRun, this.#isExpired(stored) ? [] : stored);
      const added = after.filter((run) => !stored.includes(run));
      if (added.length > 0) changes.push({ key, added, removed: stored.filter((run) => !after.includes(run)) });
      this.#remember(key, after);
    }
    const database = this.#database;
    if (database === null || changes.length === 0) return;
    await database.write(changes).catch((error: unknown) => this.#lose(database, error));
  }

  #remember(key: string, runs: readonly TaskRun[]): void {
    this.#memory.delete(key);
    this.#memory.set(key, runs);
    for (const oldest of this.#memory.keys()) {
      if (this.#memory.size <= KEYS_IN_MEMORY) break;
      this.#memory.delete(oldest);
    }
  }

  /** A key's runs all expire when the last of them does. */
  #isExpired(runs: readonly TaskRun[]): boolean {
    return (runs.at(-1)?.endedAt ?? 0) < Date.now() - this.config.timeout.historyTtlMs;
  }

  async #sweep(): Promise<void> {
    this.#unsweptRuns = 0;
    const database = this.#database;
    if (database === null) return;
    try {
      const removed = await database.sweep(Date.now() - this.config.timeout.historyTtlMs, KEYS_ON_DISK);
      for (const key of removed) this.#memory.delete(key);
    } catch (error) {
      await this.#lose(database, error);
    }
  }
}
