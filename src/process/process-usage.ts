import { readFile } from 'node:fs/promises';

/** What the leader of a process group uses. */
export interface ProcessUsage {
  /** Of one core, over its whole life. */
  readonly cpuPercent: number;
  readonly rssBytes: number;
}

/** USER_HZ and the page size: both are fixed for all Linux programs on the platforms Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** The usage of a running process by /proc/PID/stat, or null where it has ended. */
export async function processUsage(pid: number, elapsedMs: number): Promise<ProcessUsage | null> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'latin1').catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // utime, stime, and those of the children it has waited for.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const cpuPercent = elapsedMs > 0 ? (ticks / TICKS_PER_SECOND / (elapsedMs / 1000)) * 100 : 0;
  return { cpuPercent: Math.round(cpuPercent * 10) / 10, rssBytes: Number(fields[21]) * PAGE_BYTES };
}
