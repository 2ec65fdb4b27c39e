// What a process group has done so far, from /proc. Linux only.
import { readFileSync } from 'node:fs';
import { cpuTicks, groupMembers } from '../harness/proc.mjs';

/** A text that differs from an earlier one if the group used CPU time or did I/O, or its members changed. */
export function groupActivity(pgid) {
  return groupMembers(pgid)
    .map((pid) => `${pid} ${cpuTicks(pid)} ${ioBytes(pid)}`)
    .join('\n');
}

/** Bytes a process has read and written, by whatever call; none when it is gone or is not ours to look at. */
function ioBytes(pid) {
  try {
    return readFileSync(`/proc/${pid}/io`, 'utf8').split('\n', 2).join(' ');
  } catch {
    return '';
  }
}
