import { EXECUTION_VARIABLE } from './order.js';
import type { ProcessSweep } from './process-sweep.js';
import { lastPid, type ProcessRow, readProcess, readVariable } from './process-table.js';

/** The leader of an execution's process group and session. */
export interface Leader {
  readonly id: string;
  readonly pid: number;
  readonly startTime: number;
  /** What it starts has a pid that was given out after this one. */
  readonly pidsBefore: number;
  /** Monotonic. */
  readonly startedAtMs: number;
  /** True once its session and group were seen to be empty: their number may name others from then on. */
  isSessionOver: boolean;
}

/** What a sweep says of a tree. */
export interface Descendants {
  readonly rows: readonly ProcessRow[];
  /** False where a process may have been missed: it was created, or in the middle of an execve, during the sweep. */
  readonly certain: boolean;
  /** True where one of them is of the leader's session or group. */
  readonly ofSession: boolean;
}

/** Longest life after which the pids given out since are still a range worth asking one by one. */
const RECENT_MS = 1000;
const RECENT_PIDS = 64;

/**
 * Every living process of an execution: its session and group, what carries its mark in the environment (also after
 * setsid or a double fork), and the children of all these. Misses only a daemon that left the session and cleared its
 * environment.
 */
export function findDescendants(leader: Leader, sweep: ProcessSweep): Descendants {
  const found = new Map<number, ProcessRow>();
  let certain = sweep.isComplete;
  let ofSession = false;
  const young: ProcessRow[] = [];
  for (const row of sweep.rows) {
    if (row.startTime < leader.startTime) continue;
    young.push(row);
    if (isOfLeader(row, leader, sweep.row(leader.pid))) {
      found.set(row.pid, row);
      ofSession = true;
    } else {
      const mark = sweep.mark(row);
      if (mark === leader.id) found.set(row.pid, row);
      if (mark === undefined) certain = false;
    }
  }
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const row of young) if (found.has(row.parent)) found.set(row.pid, row);
  }
  return { rows: [...found.values()], certain, ofSession };
}

/**
 * True where it is certain, at little cost, that nothing of an ended leader's tree is left: its group is empty, and no
 * process that was created since belongs to it. False means: sweep.
 * A descendant's pid was given out after its leader's, so that for a short life without wrap-around only the pids
 * between the leader's and the last one given out can be descendants.
 * @param isGroupEmpty true where that is known: to ask costs more
 */
export function isCertainlyClear(leader: Leader, nowMs: number, isGroupEmpty: boolean): boolean {
  const last = lastPid();
  if (!isGroupEmpty && groupExists(leader.pid)) return false;
  if (last === leader.pidsBefore) return true;
  if (
    last === null ||
    last < leader.pidsBefore ||
    last - leader.pidsBefore > RECENT_PIDS ||
    nowMs - leader.startedAtMs > RECENT_MS
  )
    return false;
  for (let pid = leader.pidsBefore + 1; pid <= last; pid++) {
    const row = readProcess(pid);
    if (row?.alive !== true) continue;
    const mark = readVariable(pid, EXECUTION_VARIABLE);
    if (isOfLeader(row, leader, null) || mark === leader.id || mark === undefined) return false;
  }
  return lastPid() === last;
}

/** True where a process that may just have been created belongs to an execution. */
export function isDescendant(pid: number, leader: Leader): boolean {
  const row = readProcess(pid);
  if (row?.alive !== true || row.startTime < leader.startTime) return false;
  return isOfLeader(row, leader, readProcess(leader.pid)) || readVariable(pid, EXECUTION_VARIABLE) === leader.id;
}

/** True while the process group has a member, be it a zombie. */
function groupExists(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** By pid, session or group, which may have come to name others once the leader and all of its group had ended. */
function isOfLeader(row: ProcessRow, leader: Leader, holder: ProcessRow | null): boolean {
  if (leader.isSessionOver || (holder !== null && holder.startTime !== leader.startTime)) return false;
  return row.pid === leader.pid
    ? row.startTime === leader.startTime
    : row.session === leader.pid || row.group === leader.pid;
}
