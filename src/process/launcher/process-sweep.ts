import { EXECUTION_VARIABLE } from './order.js';
import { lastPid, listProcesses, type ProcessRow, readProcess, readVariable } from './process-table.js';

/** The parent of all kernel threads, which have no environment. */
const KTHREADD = 2;

/** Rounds of looking for processes that were created during the sweep, before it is called incomplete. */
const MAX_ROUNDS = 10;
const MAX_NEW_PIDS = 4096;

/** All living processes at one moment, with the execution each carries the mark of. */
export class ProcessSweep {
  readonly #rows = new Map<number, ProcessRow>();
  readonly #marks = new Map<number, string | null | undefined>();
  readonly #complete: boolean;
  /** Monotonic. */
  readonly startedAtMs = performance.now();
  /** How long it took. */
  readonly costMs: number;

  constructor() {
    this.#complete = this.#read();
    this.costMs = performance.now() - this.startedAtMs;
  }

  get rows(): Iterable<ProcessRow> {
    return this.#rows.values();
  }

  /**
   * True where every process that lived at the end of the sweep is in it. A process may start another and end while the
   * list is read; the other's pid was then given out meanwhile, and is asked for.
   */
  get isComplete(): boolean {
    return this.#complete;
  }

  row(pid: number): ProcessRow | null {
    return this.#rows.get(pid) ?? null;
  }

  /** The execution whose mark a process carries; null = none, undefined = it cannot be told at this moment. */
  mark(row: ProcessRow): string | null | undefined {
    if (row.parent === KTHREADD || row.pid === KTHREADD) return null;
    if (!this.#marks.has(row.pid)) {
      const mark = readVariable(row.pid, EXECUTION_VARIABLE);
      this.#marks.set(row.pid, mark === undefined && hasLongBeenEmpty(row) ? null : mark);
    }
    return this.#marks.get(row.pid);
  }

  #read(): boolean {
    let seen = lastPid();
    for (const pid of listProcesses()) this.#add(pid);
    for (let round = 0; round < MAX_ROUNDS && seen !== null; round++) {
      const last = lastPid();
      if (last === seen) return true;
      // The pids wrapped around, or too many are new.
      if (last === null || last < seen || last - seen > MAX_NEW_PIDS) return false;
      for (let pid = seen + 1; pid <= last; pid++) this.#add(pid);
      seen = last;
    }
    return false;
  }

  #add(pid: number): void {
    const row = readProcess(pid);
    if (row?.alive === true) this.#rows.set(pid, row);
  }
}

/** Longest time in which an empty environment may be that of an execve(2) under way, on a machine that is short of CPU. */
const EXECVE_MS = 500;
const MAX_EMPTY = 1000;

/** When a process was first seen with an empty environment, by pid and start time; monotonic milliseconds. */
const emptySince = new Map<string, number>();

/** True where a process has no environment for good: it was started without one. */
function hasLongBeenEmpty({ pid, startTime }: ProcessRow): boolean {
  const name = `${String(pid)}.${String(startTime)}`;
  const since = emptySince.get(name);
  if (since !== undefined) return performance.now() - since > EXECVE_MS;
  if (emptySince.size >= MAX_EMPTY) emptySince.clear();
  emptySince.set(name, performance.now());
  return false;
}

let latest: ProcessSweep | null = null;

/** A sweep that began at that monotonic time or later: trees that end together share one. */
export function sweepSince(timeMs: number): ProcessSweep {
  if (latest === null || latest.startedAtMs < timeMs) latest = new ProcessSweep();
  return latest;
}
