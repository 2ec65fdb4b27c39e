import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EventLog } from '../../stream/event-log.js';
import type { ExecutionEvent } from '../execution-event.js';
import type { Execution } from '../execution.js';
import type { LauncherService } from '../launcher.service.js';
import { ExecutionJournal } from './execution-journal.js';
import { type ExecutionRecord, readRecord, writeRecord } from './execution-record.js';
import type { JournalEntry } from './journal-entry.js';
import { monotonicMs } from '../monotonic-ms.js';
import type { SpoolMeans } from './spooled-pipes.js';

/** What one execution leaves to the next service: a directory with its record, its journal and its spool. */
export class DetachedExecution {
  readonly #journal: ExecutionJournal;

  private constructor(
    readonly id: string,
    readonly directory: string,
    private readonly launcher: LauncherService,
  ) {
    this.#journal = new ExecutionJournal(directory);
  }

  /** @param executions the directory of all @throws the system's error */
  static begin(
    executions: string,
    about: Pick<ExecutionRecord, 'id' | 'launcher' | 'request' | 'limits'>,
    launcher: LauncherService,
  ): DetachedExecution {
    const directory = join(executions, about.id);
    mkdirSync(directory, { mode: 0o700 });
    writeRecord(directory, { ...about, startedAt: Date.now(), startedMs: monotonicMs() });
    return new DetachedExecution(about.id, directory, launcher);
  }

  /** One that another service has left. @throws Error where it cannot be understood */
  static find(
    executions: string,
    id: string,
    launcher: LauncherService,
  ): { readonly execution: DetachedExecution; readonly record: ExecutionRecord; readonly entries: JournalEntry[] } {
    const directory = join(executions, id);
    const record = readRecord(directory);
    const entries = ExecutionJournal.read(directory);
    return { execution: new DetachedExecution(id, directory, launcher), record, entries };
  }

  get means(): SpoolMeans {
    return {
      id: this.id,
      directory: this.directory,
      order: (order) => {
        this.launcher.order(order);
      },
      journal: (entry) => {
        this.#journal.write(entry);
      },
    };
  }

  /** Writes down what happens from here on, until it is forgotten. */
  keep(log: EventLog<ExecutionEvent>): void {
    log.onEvent = (seq, event) => {
      this.#journal.write({ entry: 'event', seq, atMs: monotonicMs(), event });
    };
    log.onRetired = () => {
      this.discard();
    };
  }

  /** It runs: from here on its launcher keeps what it tells, until all of it has happened. */
  follow(execution: Execution): void {
    this.#journal.write({ entry: 'pid', pid: execution.pid });
    execution.onCause = (cause) => {
      this.#journal.write({ entry: 'cause', cause });
    };
    void Promise.all([execution.ended, execution.gone]).then(() => {
      this.launcher.forget(this.id);
      // Its last event has happened.
      this.#journal.close();
    });
  }

  /** Nothing is left of it. */
  discard(): void {
    this.#journal.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
