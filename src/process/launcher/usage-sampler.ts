import type { FinalUsage, Usage } from '../usage.js';
import { Alarm } from './alarm.js';
import type { Leader } from './descendants.js';
import type { UsageRow } from './order.js';
import { membersOfTrees } from './members-of-trees.js';
import { type ProcessSweep, sweepSince } from './process-sweep.js';
import { type ProcessRow, readProcess } from './process-table.js';
import type { ChildShare } from './share-growth.js';
import { TreeMeter } from './tree-meter.js';

/** The first look at a tree comes so long after its start, so that short commands have figures: at its leader only. */
const FIRST_LOOK_MS = 40;
/** The time between two looks at a tree: its age, within these bounds. */
const MIN_INTERVAL_MS = 80;
const MAX_INTERVAL_MS = 1000;
/** The shortest time between two reports of one tree that nobody asked for. */
const REPORT_MS = 900;
/** A rest after a look, in multiples of the CPU time it took: looking takes 1.3 % of a core at most, on demand 10 %. */
const REST_FACTOR = 75;
const DEMAND_REST_FACTOR = 9;

interface Entry {
  readonly leader: Leader;
  /** Null before the first look: most commands end before it. */
  meter: TreeMeter | null;
  /** Monotonic times. */
  lookedAtMs: number;
  nextAtMs: number;
  reportedAtMs: number;
  reported: Usage | null;
  isLeaderEnded: boolean;
}

/** Measures the running trees in the background; while there are none it sleeps. */
export class UsageSampler {
  readonly #entries = new Map<string, Entry>();
  readonly #alarm = new Alarm(() => {
    this.#look();
  });
  /** Monotonic times before which nothing is looked at again: leaders alone, and whole trees. */
  #leadersNotBeforeMs = 0;
  #treesNotBeforeMs = 0;
  #demandNotBeforeMs = 0;

  /** @param report takes what has changed */
  constructor(private readonly report: (rows: readonly UsageRow[]) => void) {}

  /** Measures the tree of a leader until it is removed. */
  add(leader: Leader): void {
    const { id, startedAtMs } = leader;
    const entry: Entry = {
      leader,
      meter: null,
      lookedAtMs: startedAtMs,
      nextAtMs: startedAtMs + FIRST_LOOK_MS,
      reportedAtMs: startedAtMs,
      reported: null,
      isLeaderEnded: false,
    };
    this.#entries.set(id, entry);
    this.#alarm.set(this.#dueAtMs(entry));
  }

  remove(id: string): void {
    this.#entries.delete(id);
  }

  /** Looks at all trees and reports what has changed. The figures may be as old as nine times what a look takes. */
  sample(): void {
    const now = performance.now();
    if (now >= this.#demandNotBeforeMs) this.#lookAtTrees([...this.#entries.values()]);
    this.#tell([...this.#entries.values()]);
  }

  /** The leader of a measured tree has ended and has been waited for: what is known of its CPU time. */
  leaderEnded(id: string): ChildShare {
    const entry = this.#entry(id);
    entry.isLeaderEnded = true;
    return { seen: entry.meter?.leaderCpuTicks ?? 0, unseenMs: performance.now() - entry.lookedAtMs };
  }

  /**
   * What a tree has used, its leader having ended. A tree that is not clear is looked at: it has processes left.
   * @param leaderCpuTicks of the leader and of all that was waited for below it
   * @param endedAtMs monotonic
   */
  final(id: string, leaderCpuTicks: number, clear: boolean, endedAtMs: number): FinalUsage {
    const entry = this.#entry(id);
    if (clear && entry.meter === null) {
      this.remove(id);
      return TreeMeter.unseen(leaderCpuTicks);
    }
    const sweep = clear ? null : sweepOrNone(endedAtMs);
    // Without a look at what is left, later looks would count it twice.
    if (sweep === null) this.remove(id);
    const left = sweep === null ? [] : (membersOfTrees([entry.leader], sweep).get(id) ?? []);
    entry.meter ??= meterOf(entry);
    return entry.meter.end(left, performance.now(), leaderCpuTicks);
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`No tree ${id} is measured`);
    return entry;
  }

  #look(): void {
    const startedAt = performance.now();
    const entries = [...this.#entries.values()];
    if (startedAt >= this.#leadersNotBeforeMs)
      this.#lookAtLeaders(entries.filter((entry) => isNew(entry) && entry.nextAtMs <= startedAt));
    const known = entries.filter((entry) => !isNew(entry));
    if (startedAt >= this.#treesNotBeforeMs && known.some((entry) => entry.nextAtMs <= startedAt)) {
      this.#lookAtTrees(known.filter((entry) => (entry.lookedAtMs + entry.nextAtMs) / 2 <= startedAt));
      this.#tell(known.filter((entry) => startedAt - entry.reportedAtMs >= REPORT_MS));
    }
    if (entries.length > 0) this.#alarm.set(Math.min(...entries.map((entry) => this.#dueAtMs(entry))));
  }

  #dueAtMs(entry: Entry): number {
    return Math.max(entry.nextAtMs, isNew(entry) ? this.#leadersNotBeforeMs : this.#treesNotBeforeMs);
  }

  #lookAtLeaders(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    for (const entry of entries) {
      const row = readProcess(entry.leader.pid);
      take(entry, row === null ? null : [row], startedAt);
    }
    this.#leadersNotBeforeMs = performance.now() + spentMs(cpu) * REST_FACTOR;
  }

  #lookAtTrees(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    const sweep = sweepOrNone(startedAt);
    const leaders = entries.map(({ leader }) => leader);
    const members = sweep === null ? null : membersOfTrees(leaders, sweep);
    for (const entry of entries) take(entry, members?.get(entry.leader.id) ?? null, startedAt);
    const [endedAt, costMs] = [performance.now(), spentMs(cpu)];
    this.#treesNotBeforeMs = endedAt + costMs * REST_FACTOR;
    this.#demandNotBeforeMs = endedAt + costMs * DEMAND_REST_FACTOR;
  }

  /** Reports what has changed since it was reported. */
  #tell(entries: readonly Entry[]): void {
    const rows: UsageRow[] = [];
    for (const entry of entries) {
      const usage = entry.meter?.usage ?? null;
      if (usage === null || (entry.reported !== null && isEqual(usage, entry.reported))) continue;
      entry.reported = usage;
      entry.reportedAtMs = performance.now();
      rows.push({ id: entry.leader.id, ...usage });
    }
    if (rows.length > 0) this.report(rows);
  }
}

/** What was not seen (null), or seen without its leader, which has not ended, is left to the next look. */
function take(entry: Entry, members: readonly ProcessRow[] | null, atMs: number): void {
  const { leader, isLeaderEnded } = entry;
  if (members !== null && (isLeaderEnded || members.some(({ pid }) => pid === leader.pid))) {
    entry.meter ??= meterOf(entry);
    entry.meter.take(members, atMs);
  }
  entry.lookedAtMs = atMs;
  entry.nextAtMs = atMs + Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, atMs - leader.startedAtMs));
}

/** Null where the system cannot tell at this moment: this process may open no more files. */
function sweepOrNone(sinceMs: number): ProcessSweep | null {
  try {
    return sweepSince(sinceMs);
  } catch {
    return null;
  }
}

function spentMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

function isNew({ meter }: Entry): boolean {
  return meter === null;
}

function meterOf({ leader }: Entry): TreeMeter {
  return new TreeMeter(leader.pid, leader.startedAtMs);
}

function isEqual(a: Usage, b: Usage): boolean {
  return (Object.keys(a) as (keyof Usage)[]).every((key) => a[key] === b[key]);
}
