import { findDescendants, isCertainlyClear, isDescendant, type Leader } from './descendants.js';
import { killAll } from './kill-all.js';
import { sweepSince } from './process-sweep.js';
import { readProcess } from './process-table.js';
import type { StartedProcess } from './started-process.js';

/** Time that background processes get after their leader's end, to finish what they print. */
const DRAIN_MS = 200;
/** Time between SIGTERM and SIGKILL for processes whose leader has ended by itself. */
const LEFTOVER_GRACE_MS = 500;
const FIRST_LOOK_MS = 5;
const LAST_LOOK_MS = 100;
/** Time between two looks whether what was left on purpose is still there. */
const SURVIVOR_LOOK_MS = 2000;
/** A sweep that may have missed a process is repeated after a moment, so many times at most. */
const DOUBT_MS = 5;
const MAX_DOUBTS = 200;

/** What a tree tells of its end. */
export interface TreeListener {
  /** `durationMs` is the life of the command's own process, which has been waited for. */
  exited(code: number | null, signal: NodeJS.Signals | null, clear: boolean, durationMs: number): void;
  /** Nothing is left but `survivors`, which are left on purpose. Follows `exited` without `clear`. */
  cleared(survivors: readonly number[]): void;
}

/** The process tree of one execution, from its leader's start until no process of it is left. */
export class Tree {
  readonly #leader: Leader;
  #exited = false;
  /** True when nothing more will be told of this tree. */
  #gone = false;
  /** Sweeps in a row that found nothing and were not certain of it. */
  #doubts = 0;
  /** True once survivors were told. */
  #told = false;
  /** Monotonic time at which what is left gets SIGKILL. */
  #killAt = Infinity;
  /** Monotonic time until which leftovers are left alone. */
  #drainUntil = 0;
  #look: NodeJS.Timeout | null = null;
  #lookDelay = FIRST_LOOK_MS;
  /** A sweep older than this says nothing of what is left. */
  #since = 0;

  constructor(
    child: StartedProcess & { readonly pid: number },
    { id, startedAtMs, pidsBefore }: Pick<Leader, 'id' | 'startedAtMs' | 'pidsBefore'>,
    private readonly keep: boolean,
    private readonly listener: TreeListener,
  ) {
    this.#leader = {
      id,
      pid: child.pid,
      startTime: readProcess(child.pid)?.startTime ?? 0,
      pidsBefore,
      startedAtMs,
      isSessionOver: false,
    };
    child.once('exit', (code, signal) => {
      this.#onExit(code, signal, child.isGroupEmpty === true);
    });
  }

  /**
   * Signals the group, and where `everywhere` also the members outside of it.
   * @returns false where there is nothing left to signal
   */
  signal(signal: NodeJS.Signals, everywhere: boolean): boolean {
    if (this.#gone) return false;
    const delivered = this.#signalGroup([signal]);
    return everywhere ? this.#signalOutsiders([signal]) || delivered : delivered;
  }

  get leader(): Leader {
    return this.#leader;
  }

  /** True when every process of the tree has stopped, which a signal only begins. */
  isStopped(): boolean {
    return findDescendants(this.#leader, sweepSince(performance.now())).rows.every((row) => row.stopped);
  }

  /** SIGTERM to the whole tree now, SIGKILL to what is left of it after `graceMs`. An earlier deadline stays. */
  terminate(graceMs: number): void {
    const killAt = performance.now() + graceMs;
    const isSooner = killAt < this.#killAt;
    if (isSooner) this.#killAt = killAt;
    if (graceMs > 0 && !this.#gone) {
      // A stopped process acts on SIGTERM only when it is continued.
      this.#signalGroup(['SIGTERM', 'SIGCONT']);
      this.#signalOutsiders(['SIGTERM', 'SIGCONT']);
    }
    // A look that is on its way is not put off.
    if (!isSooner) return;
    this.#lookDelay = FIRST_LOOK_MS;
    this.#since = performance.now();
    this.#lookAgain();
  }

  /** SIGKILL to everything, at once. */
  destroy(): void {
    this.#signalGroup(['SIGKILL']);
    killAll((pid) => isDescendant(pid, this.#leader));
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null, isGroupEmpty: boolean): void {
    const endedAtMs = performance.now();
    const clear = isCertainlyClear(this.#leader, endedAtMs, isGroupEmpty);
    this.#exited = true;
    this.#gone = clear;
    if (clear && this.#look !== null) clearTimeout(this.#look);
    this.listener.exited(code, signal, clear, endedAtMs - this.#leader.startedAtMs);
    if (clear) return;
    this.#since = endedAtMs;
    this.#drainUntil = this.#killAt === Infinity ? performance.now() + DRAIN_MS : 0;
    this.#lookDelay = FIRST_LOOK_MS;
    this.#lookAgain(0);
  }

  #lookAgain(delayMs = this.#nextLookMs()): void {
    if (this.#look !== null) clearTimeout(this.#look);
    this.#look = setTimeout(() => {
      this.#lookDelay = Math.min(this.#lookDelay * 2, LAST_LOOK_MS);
      this.#inspect();
    }, delayMs);
  }

  /** Soon at first, then less often; but in time for SIGKILL. */
  #nextLookMs(): number {
    const untilKill = this.#killAt - performance.now();
    return untilKill > 0 ? Math.min(this.#lookDelay, Math.max(1, untilKill)) : this.#lookDelay;
  }

  /** One step of the way from "the leader has ended, or shall end" to "nothing is left". */
  #inspect(): void {
    const killing = performance.now() >= this.#killAt;
    if (killing && !this.#exited) this.#signalGroup(['SIGKILL']);
    if (!this.#exited) {
      this.#lookAgain();
      return;
    }
    const left = findDescendants(this.#leader, sweepSince(this.#since));
    if (left.certain && !left.ofSession) this.#leader.isSessionOver = true;
    if (left.rows.length === 0) this.#onNothingFound(left.certain);
    else if (killing) this.#killLeft();
    else if (performance.now() < this.#drainUntil || this.#killAt !== Infinity) this.#wait();
    else if (this.keep) this.#leave(left.rows.map((row) => row.pid));
    else this.terminate(LEFTOVER_GRACE_MS);
  }

  #wait(): void {
    this.#since = performance.now();
    this.#lookAgain();
  }

  #onNothingFound(certain: boolean): void {
    if (certain || ++this.#doubts > MAX_DOUBTS) {
      this.#gone = true;
      this.listener.cleared([]);
    } else {
      this.#since = performance.now();
      this.#lookAgain(DOUBT_MS);
    }
  }

  #killLeft(): void {
    this.destroy();
    this.#wait();
  }

  #leave(survivors: readonly number[]): void {
    if (!this.#told) this.listener.cleared(survivors);
    this.#told = true;
    this.#since = performance.now();
    this.#lookAgain(SURVIVOR_LOOK_MS);
  }

  /** By its number, which is the group's own for as long as the leader has not been waited for. */
  #signalGroup(signals: readonly NodeJS.Signals[]): boolean {
    return !this.#exited && signals.map((signal) => kill(-this.#leader.pid, signal)).includes(true);
  }

  /** What is not reached through the group. */
  #signalOutsiders(signals: readonly NodeJS.Signals[]): boolean {
    const { rows } = findDescendants(this.#leader, sweepSince(performance.now()));
    const outsiders = rows.filter((row) => this.#exited || row.group !== this.#leader.pid);
    return outsiders.flatMap((row) => signals.map((signal) => kill(row.pid, signal))).includes(true);
  }
}

/** False where the target is gone. A target of -1 or 0 would be everyone: it is never signaled. */
function kill(target: number, signal: NodeJS.Signals): boolean {
  if (target === 0 || target === -1) return false;
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}
