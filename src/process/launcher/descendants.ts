import { EXECUTION_VARIABLE } from './order.js';
import { hasVariable, lastPid, listProcesses, type ProcessRow, readProcess } from './process-table.js';

/** The leader of an execution's process group and session. */
export interface Leader {
  readonly id: string;
  readonly pid: number;
  readonly startTime: number;
  readonly startedAtMs: number;
}

/** Longest life after which the pids given out since are still a range worth asking one by one. */
const RECENT_MS = 1000;
const RECENT_PIDS = 64;

/**
 * Every living process of an execution: its session and group, what carries its marker in the environment (also after
 * setsid or a double fork), and the children of all these. Misses only a daemon that left the session and cleared its
 * environment.
 */
export function findDescendants(leader: Leader): ProcessRow[] {
  const rows = listProcesses()
    .map(readProcess)
    .filter((row): row is ProcessRow => row?.alive === true);
  const members = new Map(rows.filter((row) => belongs(row, leader)).map((row) => [row.pid, row]));
  for (let before = -1; before !== members.size;) {
    before = members.size;
    for (const row of rows) {
      if (members.has(row.parent)) members.set(row.pid, row);
    }
  }
  return [...members.values()];
}

/**
 * True where it is certain, at little cost, that nothing of an ended leader's tree is left: its group is empty, and no
 * process that was created since belongs to it. False means: look.
 * A descendant's pid was given out after its leader's, so that for a short life without wrap-around only the pids
 * between the leader's and the last one given out can be descendants.
 */
export function isCertainlyClear(leader: Leader, nowMs: number): boolean {
  if (groupExists(leader.pid)) return false;
  const last = lastPid();
  if (last === leader.pid) return true;
  if (last === null || last < leader.pid || last - leader.pid > RECENT_PIDS || nowMs - leader.startedAtMs > RECENT_MS)
    return false;
  for (let pid = leader.pid + 1; pid <= last; pid++) {
    const row = readProcess(pid);
    if (row?.alive === true && belongs(row, leader)) return false;
  }
  return true;
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

function belongs(row: ProcessRow, leader: Leader): boolean {
  if (row.startTime < leader.startTime) return false;
  if (row.pid === leader.pid) return row.startTime === leader.startTime;
  if (row.session === leader.pid || row.group === leader.pid) return true;
  return hasVariable(row.pid, `${EXECUTION_VARIABLE}=${leader.id}`);
}
