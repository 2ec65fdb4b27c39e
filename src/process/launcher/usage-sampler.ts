import type { FinalUsage } from '../usage.js';
import { Alarm } from './alarm.js';
import type { Leader } from './descendants.js';
import type { UsageRow } from './order.js';
import { membersOfTrees } from './members-of-trees.js';
import { type ProcessSweep, sweepSince } from './process-sweep.js';
import { readProcess } from './process-table.js';
import { SampledTree } from './sampled-tree.js';
import type { ChildShare } from './share-growth.js';
import { TreeMeter } from './tree-meter.js';

/** The shortest time between two reports of one tree that nobody asked for. */
const REPORT_MS = 900;
/** A rest after a look, in multiples of the CPU time it took: looking takes 1.3 % of a core at most, on demand 10 %. */
const REST_FACTOR = 75;
const DEMAND_REST_FACTOR = 9;

/** Measures the running trees in the background; while there are none it sleeps. */
export class UsageSampler {
  readonly #trees = new Map<string, SampledTree>();
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
    const tree = new SampledTree(leader);
    this.#trees.set(leader.id, tree);
    this.#alarm.set(this.#dueAtMs(tree));
  }

  remove(id: string): void {
    this.#trees.delete(id);
  }

  /** Looks at all trees and reports what has changed. The figures may be as old as nine times what a look takes. */
  sample(): void {
    const now = performance.now();
    if (now >= this.#demandNotBeforeMs) this.#lookAtTrees([...this.#trees.values()]);
    this.#tell([...this.#trees.values()]);
  }

  /**
   * Looks at some trees at once, by a sweep that began at that monotonic time or later: the caller sees to the rest
   * between two looks.
   * @returns those that are measured
   */
  measure(ids: readonly string[], sinceMs: number): readonly SampledTree[] {
    const trees = ids.map((id) => this.#trees.get(id)).filter((tree) => tree !== undefined);
    this.#takeTrees(trees, sinceMs);
    this.#tellWhatIsDue(trees, performance.now());
    return trees;
  }

  /** The leader of a measured tree has ended and has been waited for: what is known of its CPU time. */
  leaderEnded(id: string): ChildShare {
    const tree = this.#tree(id);
    tree.leaderEnded();
    return { seen: tree.leaderCpuTicks, unseenMs: performance.now() - tree.lookedAtMs };
  }

  /**
   * What a tree has used, its leader having ended. A tree that is not clear is looked at: it has processes left.
   * @param leaderCpuTicks of the leader and of all that was waited for below it
   * @param endedAtMs monotonic
   */
  final(id: string, leaderCpuTicks: number, clear: boolean, endedAtMs: number): FinalUsage {
    const tree = this.#tree(id);
    if (clear && tree.isNew) {
      this.remove(id);
      return TreeMeter.unseen(leaderCpuTicks);
    }
    const sweep = clear ? null : sweepOrNone(endedAtMs);
    // Without a look at what is left, later looks would count it twice.
    if (sweep === null) this.remove(id);
    const left = sweep === null ? [] : (membersOfTrees([tree.leader], sweep).get(id) ?? []);
    return tree.end(left, performance.now(), leaderCpuTicks);
  }

  #tree(id: string): SampledTree {
    const tree = this.#trees.get(id);
    if (tree === undefined) throw new Error(`No tree ${id} is measured`);
    return tree;
  }

  #look(): void {
    const startedAt = performance.now();
    const trees = [...this.#trees.values()];
    if (startedAt >= this.#leadersNotBeforeMs)
      this.#lookAtLeaders(trees.filter((tree) => tree.isNew && tree.nextAtMs <= startedAt));
    const known = trees.filter((tree) => !tree.isNew);
    if (startedAt >= this.#treesNotBeforeMs && known.some((tree) => tree.nextAtMs <= startedAt)) {
      this.#lookAtTrees(known.filter((tree) => (tree.lookedAtMs + tree.nextAtMs) / 2 <= startedAt));
      this.#tellWhatIsDue(known, startedAt);
    }
    if (trees.length > 0) this.#alarm.set(Math.min(...trees.map((tree) => this.#dueAtMs(tree))));
  }

  #dueAtMs(tree: SampledTree): number {
    return Math.max(tree.nextAtMs, tree.isNew ? this.#leadersNotBeforeMs : this.#treesNotBeforeMs);
  }

  #lookAtLeaders(trees: readonly SampledTree[]): void {
    if (trees.length === 0) return;
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    for (const tree of trees) {
      const row = readProcess(tree.leader.pid);
      tree.take(row === null ? null : [row], startedAt);
    }
    this.#leadersNotBeforeMs = performance.now() + spentMs(cpu) * REST_FACTOR;
  }

  #lookAtTrees(trees: readonly SampledTree[]): void {
    if (trees.length === 0) return;
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    this.#takeTrees(trees, startedAt);
    const [endedAt, costMs] = [performance.now(), spentMs(cpu)];
    this.#treesNotBeforeMs = endedAt + costMs * REST_FACTOR;
    this.#demandNotBeforeMs = endedAt + costMs * DEMAND_REST_FACTOR;
  }

  #takeTrees(trees: readonly SampledTree[], atMs: number): void {
    if (trees.length === 0) return;
    const sweep = sweepOrNone(atMs);
    const leaders = trees.map(({ leader }) => leader);
    const members = sweep === null ? null : membersOfTrees(leaders, sweep);
    for (const tree of trees) tree.take(members?.get(tree.leader.id) ?? null, atMs);
  }

  #tellWhatIsDue(trees: readonly SampledTree[], nowMs: number): void {
    this.#tell(trees.filter((tree) => nowMs - tree.reportedAtMs >= REPORT_MS));
  }

  /** Reports what has changed since it was reported. */
  #tell(trees: readonly SampledTree[]): void {
    const rows: UsageRow[] = [];
    for (const tree of trees) {
      const usage = tree.takeChange();
      if (usage !== null) rows.push({ id: tree.leader.id, ...usage });
    }
    if (rows.length > 0) this.report(rows);
  }
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
