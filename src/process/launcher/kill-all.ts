import { lastPid, listProcesses } from './process-table.js';

/** A chase ends when no member was created for so long, and at the latest after so long. */
const QUIET_MS = 3;
const CHASE_MS = 60;

/** Pids looked back at where the counter wrapped around. */
const WRAPPED_PIDS = 64;

/**
 * SIGKILL for every process that is a member, and for those that are created meanwhile: a process that starts its
 * successor and ends is not there any more when a list of all has been read, so the pids are asked as they are given
 * out. Blocks for CHASE_MS at most.
 * @returns how many were killed
 */
export function killAll(isMember: (pid: number) => boolean): number {
  const kill = (pid: number): number => (pid !== process.pid && isMember(pid) && sendKill(pid) ? 1 : 0);
  const startedAt = performance.now();
  let seen = lastPid();
  let killed = 0;
  for (const pid of listProcesses()) killed += kill(pid);
  for (let quietSince = startedAt; seen !== null && performance.now() - quietSince < QUIET_MS;) {
    const last: number | null = lastPid();
    if (last === null || performance.now() - startedAt > CHASE_MS) break;
    let caught = 0;
    for (let pid = last < seen ? last - WRAPPED_PIDS : seen + 1; pid <= last; pid++) caught += kill(pid);
    if (caught > 0) quietSince = performance.now();
    killed += caught;
    seen = last;
  }
  return killed;
}

function sendKill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
    return false;
  }
}
