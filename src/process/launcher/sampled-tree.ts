import type { FinalUsage, Usage } from '../usage.js';
import type { Leader } from './descendants.js';
import type { ProcessRow } from './process-table.js';
import { TreeMeter } from './tree-meter.js';

/** The first look at a tree comes so long after its start, so that short commands have figures: at its leader only. */
const FIRST_LOOK_MS = 40;
/** The time between two looks at a tree: its age, within these bounds. */
const MIN_INTERVAL_MS = 80;
const MAX_INTERVAL_MS = 1000;

/** A tree that is measured, and when it was. Times are monotonic. */
export class SampledTree {
  /** Null before the first look: most commands end before it. */
  #meter: TreeMeter | null = null;
  #members: readonly ProcessRow[] = [];
  #lookedAtMs: number;
  #nextAtMs: number;
  #reportedAtMs: number;
  #reported: Usage | null = null;
  #isLeaderEnded = false;

  constructor(readonly leader: Leader) {
    this.#lookedAtMs = this.#reportedAtMs = leader.startedAtMs;
    this.#nextAtMs = leader.startedAtMs + FIRST_LOOK_MS;
  }

  get isNew(): boolean {
    return this.#meter === null;
  }

  get lookedAtMs(): number {
    return this.#lookedAtMs;
  }

  /** When it is to be looked at again. */
  get nextAtMs(): number {
    return this.#nextAtMs;
  }

  get reportedAtMs(): number {
    return this.#reportedAtMs;
  }

  /** What was seen last; null before the first look. */
  get usage(): Usage | null {
    return this.#meter?.usage ?? null;
  }

  /** Its living processes, as they were seen last. */
  get members(): readonly ProcessRow[] {
    return this.#members;
  }

  /** CPU ticks seen of the leader and of all below it. */
  get leaderCpuTicks(): number {
    return this.#meter?.leaderCpuTicks ?? 0;
  }

  /**
   * A look at it. What was not seen (null), or seen without its leader, which has not ended, is left to the next look.
   * @param atMs monotonic
   */
  take(members: readonly ProcessRow[] | null, atMs: number): void {
    if (members !== null && (this.#isLeaderEnded || members.some(({ pid }) => pid === this.leader.pid))) {
      this.#metered().take(members, atMs);
      this.#members = members;
    }
    this.#lookedAtMs = atMs;
    const ageMs = atMs - this.leader.startedAtMs;
    this.#nextAtMs = atMs + Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, ageMs));
  }

  leaderEnded(): void {
    this.#isLeaderEnded = true;
  }

  /** The last look of its leader's life, see TreeMeter. */
  end(left: readonly ProcessRow[], atMs: number, leaderCpuTicks: number): FinalUsage {
    return this.#metered().end(left, atMs, leaderCpuTicks);
  }

  /** What it uses, where that has changed since it was taken the last time. */
  takeChange(): Usage | null {
    const { usage } = this;
    if (usage === null || (this.#reported !== null && isEqual(usage, this.#reported))) return null;
    this.#reported = usage;
    this.#reportedAtMs = performance.now();
    return usage;
  }

  #metered(): TreeMeter {
    this.#meter ??= new TreeMeter(this.leader.pid, this.leader.startedAtMs);
    return this.#meter;
  }
}

function isEqual(a: Usage, b: Usage): boolean {
  return (Object.keys(a) as (keyof Usage)[]).every((key) => a[key] === b[key]);
}
