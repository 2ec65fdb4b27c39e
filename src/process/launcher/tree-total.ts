/** What one process has used of something since its start. */
export interface ProcessCount {
  readonly pid: number;
  readonly startTime: number;
  readonly parent: number;
  /** With what it took over from the children it waited for, as the kernel adds it up. */
  readonly total: number;
  /** The part of it that may have been taken over. */
  readonly waited: number;
}

/**
 * The total of a process tree, from looks at those of its processes that live: it never falls, and has what a process had
 * used when it was last seen, whether its parent waits for it, when that shows, or never does.
 */
export class TreeTotal {
  #counts: ReadonlyMap<number, ProcessCount> = new Map();
  /**
   * By the pid of a living parent: what children had that ended since the last look and it has not taken over. Where the
   * parent was looked at first and the child ended in between, the next look shows it.
   */
  #owed: ReadonlyMap<number, number> = new Map();
  /** What processes had that nobody took over. */
  #lost = 0;

  /** @param root pid of the process that all others descend from, and whose own parent is not of the tree */
  constructor(private readonly root: number) {}

  /** The whole tree's. */
  get value(): number {
    return this.#lost + sum(this.#owed.values()) + sum(totals(this.#counts.values()));
  }

  /** What the root's parent takes over at the root's end, as far as it was seen. */
  get ofRoot(): number {
    const present = new Map<number, ProcessCount>();
    return sum(totals([...this.#counts.values()].filter((count) => this.#heirOf(count, present) === this.root)));
  }

  /**
   * Takes a look at all that is left of the tree.
   * @param ofRoot where the root has ended since the last look: what its parent has taken over from it
   */
  update(counts: readonly ProcessCount[], ofRoot = 0): void {
    const present = new Map(counts.map((count) => [count.pid, this.#notFallen(count)]));
    const handed = this.#handOver(present, ofRoot);
    const owed = new Map<number, number>();
    for (const [pid, count] of present) {
      const before = this.#before(count);
      const taken = count.waited - (before?.waited ?? 0);
      const old = before === null ? 0 : (this.#owed.get(pid) ?? 0);
      this.#lost += Math.max(0, old - taken);
      const rest = (handed.get(pid) ?? 0) - Math.max(0, taken - old);
      if (rest > 0) owed.set(pid, rest);
    }
    this.#counts = present;
    this.#owed = owed;
  }

  /** What those who have ended had, by the pid of the living process that may take it over. Else it is lost, or the root's. */
  #handOver(present: ReadonlyMap<number, ProcessCount>, ofRoot: number): Map<number, number> {
    const handed = new Map<number, number>();
    let seenOfRoot = 0;
    for (const count of this.#counts.values()) {
      if (isSame(present.get(count.pid), count)) continue;
      const amount = count.total + (this.#owed.get(count.pid) ?? 0);
      const heir = this.#heirOf(count, present);
      if (heir === null) this.#lost += amount;
      else if (present.has(heir)) handed.set(heir, (handed.get(heir) ?? 0) + amount);
      else seenOfRoot += amount;
    }
    this.#lost += Math.max(seenOfRoot, ofRoot);
    return handed;
  }

  /** The nearest ancestor that is present, or the root; null where the parents end before. */
  #heirOf(count: ProcessCount, present: ReadonlyMap<number, ProcessCount>): number | null {
    // As pids are used again, parents may even go round in a circle.
    for (let steps = 0; steps <= this.#counts.size; steps++) {
      if (count.pid === this.root) return this.root;
      const known = this.#counts.get(count.parent);
      const now = present.get(count.parent);
      if (now !== undefined && (known === undefined || isSame(now, known))) return now.pid;
      if (known === undefined) return null;
      count = known;
    }
    return null;
  }

  /** A number that could not be read for once has not fallen, neither the process's own part nor what it took over. */
  #notFallen(count: ProcessCount): ProcessCount {
    const before = this.#before(count);
    if (before === null) return count;
    const waited = Math.max(count.waited, before.waited);
    return { ...count, total: waited + Math.max(count.total - count.waited, before.total - before.waited), waited };
  }

  #before(count: ProcessCount): ProcessCount | null {
    const before = this.#counts.get(count.pid);
    return before !== undefined && isSame(before, count) ? before : null;
  }
}

function isSame(a: ProcessCount | undefined, b: ProcessCount): boolean {
  return a?.pid === b.pid && a.startTime === b.startTime;
}

function* totals(counts: Iterable<ProcessCount>): Iterable<number> {
  for (const { total } of counts) yield total;
}

function sum(numbers: Iterable<number>): number {
  let all = 0;
  for (const number of numbers) all += number;
  return all;
}
