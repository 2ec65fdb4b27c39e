import { availableParallelism } from 'node:os';
import type { ResourceLimits } from '../../../config/resource-limits.js';
import type { Excess } from '../../limit/excess.js';
import { Alarm } from '../alarm.js';
import type { Leader } from '../descendants.js';
import type { UsageSampler } from '../usage-sampler.js';
import { excessOfTree } from './excess-of-tree.js';
import { ProcessCount } from './process-count.js';

interface WatchedTree {
  readonly leader: Leader;
  readonly limits: ResourceLimits;
  readonly exceeded: (excess: Excess) => void;
  /** Null where the number of processes has no limit. */
  readonly count: ProcessCount | null;
  nextAtMs: number;
}

/** The time between two looks at a tree that may outgrow a limit: a quarter of its age, within these bounds. */
const MIN_INTERVAL_MS = 40;
const MAX_INTERVAL_MS = 200;
/** The time between two looks whether a tree multiplies, which take a fiftieth of a millisecond. */
const COUNT_INTERVAL_MS = 10;
/** A rest after a look, in multiples of the CPU time it took: watching takes 10 % of a core at most. */
const REST_FACTOR = 9;

/**
 * Looks at the trees that have a limit on memory, CPU time or processes. Between two looks a tree may have more than it
 * may: as much as it gets in a fifth of a second.
 */
export class LimitWatch {
  readonly #trees = new Map<string, WatchedTree>();
  readonly #alarm = new Alarm(() => {
    this.#look();
  });
  readonly #countAlarm = new Alarm(() => {
    this.#count();
  });
  #notBeforeMs = 0;

  constructor(private readonly sampler: UsageSampler) {}

  /** @param exceeded is called once, and the tree is not watched any more */
  add(leader: Leader, limits: ResourceLimits, exceeded: (excess: Excess) => void): void {
    if (limits.cpuSeconds === null && limits.memoryBytes === null && limits.processes === null) return;
    const count = limits.processes === null ? null : new ProcessCount(leader, limits.processes);
    const tree = { leader, limits, exceeded, count, nextAtMs: leader.startedAtMs + MIN_INTERVAL_MS };
    this.#trees.set(leader.id, tree);
    this.#alarm.set(Math.max(tree.nextAtMs, this.#notBeforeMs));
    if (count !== null) this.#countAlarm.set(performance.now() + COUNT_INTERVAL_MS);
  }

  remove(id: string): void {
    this.#trees.delete(id);
  }

  #look(): void {
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    const due = [...this.#trees.values()].filter(({ nextAtMs }) => nextAtMs <= startedAt);
    this.#measure(due, startedAt);
    const { user, system } = process.cpuUsage(cpu);
    this.#notBeforeMs = performance.now() + ((user + system) / 1000) * REST_FACTOR;
    const next = Math.min(...[...this.#trees.values()].map(({ nextAtMs }) => nextAtMs));
    if (next !== Infinity) this.#alarm.set(Math.max(next, this.#notBeforeMs));
  }

  #count(): void {
    const counted = [...this.#trees.values()].filter(({ count }) => count !== null);
    for (const tree of counted) {
      const observed = tree.count?.excess() ?? null;
      const limit = tree.limits.processes;
      if (observed !== null && limit !== null) this.#exceeded(tree, { resource: 'processes', limit, observed });
    }
    if (counted.length > 0) this.#countAlarm.set(performance.now() + COUNT_INTERVAL_MS);
  }

  #measure(trees: readonly WatchedTree[], sinceMs: number): void {
    const ids = trees.map(({ leader }) => leader.id);
    const seen = new Map(this.sampler.measure(ids, sinceMs).map((each) => [each.leader.id, each]));
    for (const tree of trees) {
      const { usage = null, members = [] } = seen.get(tree.leader.id) ?? {};
      tree.nextAtMs = sinceMs + intervalMs(tree, sinceMs, usage?.cpuSeconds ?? 0);
      const excess = usage === null ? null : excessOfTree(usage, members, tree.limits);
      if (excess !== null) this.#exceeded(tree, excess);
    }
  }

  #exceeded(tree: WatchedTree, excess: Excess): void {
    this.#trees.delete(tree.leader.id);
    tree.exceeded(excess);
  }
}

/** A limit on CPU time alone cannot be exceeded sooner than all cores together use the rest of it. */
function intervalMs({ leader, limits }: WatchedTree, nowMs: number, cpuSeconds: number): number {
  const shortMs = Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, (nowMs - leader.startedAtMs) / 4));
  if (limits.cpuSeconds === null || limits.memoryBytes !== null || limits.processes !== null) return shortMs;
  return Math.max(shortMs, ((limits.cpuSeconds - cpuSeconds) / availableParallelism()) * 1000);
}
