import type { FinalUsage, Usage } from '../usage.js';
import { type ProcessRow, readIoBytes, readProcess } from './process-table.js';
import { readSystemUnits } from './system-units.js';
import { TreeTotal } from './tree-total.js';

/** CPU time at a moment. */
interface Mark {
  readonly atMs: number;
  readonly cpuTicks: number;
}

/** The shortest time a percentage is of: ticks of 10 ms say little of less. */
const WINDOW_MS = 500;

const { ticksPerSecond, pageBytes } = readSystemUnits();

/** Measures one process tree, at the moments it is looked at. */
export class TreeMeter {
  readonly #cpuTicks: TreeTotal;
  readonly #ioBytes: TreeTotal;
  #members: readonly ProcessRow[] = [];
  #usage: Usage | null = null;
  #older: Mark;
  #newer: Mark;

  /** @param startedAtMs monotonic */
  constructor(leaderPid: number, startedAtMs: number) {
    this.#cpuTicks = new TreeTotal(leaderPid);
    this.#ioBytes = new TreeTotal(leaderPid);
    this.#older = this.#newer = { atMs: startedAtMs, cpuTicks: 0 };
  }

  /** What a tree has used that has ended before it was looked at. @param cpuTicks as for `end` */
  static unseen(cpuTicks: number): FinalUsage {
    return { cpuSeconds: seconds(cpuTicks), maxRssBytes: null };
  }

  /** What was seen last; null before the first look. */
  get usage(): Usage | null {
    return this.#usage;
  }

  /** CPU ticks seen of the leader, and of all below it. */
  get leaderCpuTicks(): number {
    return this.#cpuTicks.ofRoot;
  }

  /**
   * A look at the tree while its leader lives.
   * @param found its processes; one that was found once stays its for as long as it lives
   */
  take(found: readonly ProcessRow[], atMs: number): Usage {
    return this.#take(found, atMs, 0);
  }

  /**
   * A look at what is left of the tree after its leader's end.
   * @param leaderCpuTicks of the leader and of all that was waited for below it
   */
  end(found: readonly ProcessRow[], atMs: number, leaderCpuTicks: number): FinalUsage {
    const { cpuSeconds, maxRssBytes } = this.#take(found, atMs, leaderCpuTicks);
    return { cpuSeconds, maxRssBytes: maxRssBytes > 0 ? maxRssBytes : null };
  }

  #take(found: readonly ProcessRow[], atMs: number, leaderCpuTicks: number): Usage {
    this.#members = this.#withKnown(found);
    this.#cpuTicks.update(
      this.#members.map((row) => ({
        ...row,
        total: row.cpuTicks + row.waitedCpuTicks,
        waited: row.waitedCpuTicks,
      })),
      leaderCpuTicks,
    );
    this.#ioBytes.update(
      this.#members.map((row) => {
        const bytes = readIoBytes(row.pid);
        return { ...row, total: bytes, waited: bytes };
      }),
    );
    const rssBytes = this.#members.reduce((sum, row) => sum + row.rssPages, 0) * pageBytes;
    this.#usage = {
      cpuSeconds: seconds(this.#cpuTicks.value),
      cpuPercent: this.#cpuPercent({ atMs, cpuTicks: this.#cpuTicks.value }),
      rssBytes,
      maxRssBytes: Math.max(rssBytes, this.#usage?.maxRssBytes ?? 0),
      ioBytes: this.#ioBytes.value,
    };
    return this.#usage;
  }

  /** A zombie is not found among the living, but its parent has not taken over yet what it used. */
  #withKnown(found: readonly ProcessRow[]): readonly ProcessRow[] {
    const pids = new Set(found.map(({ pid }) => pid));
    const known = this.#members
      .filter(({ pid }) => !pids.has(pid))
      .map(({ pid, startTime }) => {
        const row = readProcess(pid);
        return row?.startTime === startTime ? row : null;
      });
    return [...found, ...known.filter((row) => row !== null)];
  }

  #cpuPercent(now: Mark): number {
    const isWindow = now.atMs - this.#newer.atMs >= WINDOW_MS;
    const from = isWindow ? this.#newer : this.#older;
    if (isWindow) {
      this.#older = this.#newer;
      this.#newer = now;
    }
    const passed = (now.atMs - from.atMs) / 1000;
    if (passed <= 0) return 0;
    return Math.round(((now.cpuTicks - from.cpuTicks) / ticksPerSecond / passed) * 1000) / 10;
  }
}

/** To the millisecond. */
function seconds(cpuTicks: number): number {
  return Math.round((cpuTicks / ticksPerSecond) * 1000) / 1000;
}
