import { kernelNumber } from './kernel-number.js';

/** What the host's processors have done since boot, added up. */
export interface CpuTicks {
  readonly busy: number;
  readonly total: number;
  /** Processors that are online. */
  readonly cpus: number;
}

/** user, nice, system, idle, iowait, irq, softirq, steal; guest time is in user already (proc_stat(5)). */
const TIMES = 8;
const IDLE = 3;
const IOWAIT = 4;

/** Reads /proc/stat. Time stolen by a hypervisor is busy time. Null where the text is something else. */
export function cpuTicks(text: string | null): CpuTicks | null {
  const lines = (text ?? '').split('\n');
  const times =
    lines[0]
      ?.split(/ +/)
      .slice(1, 1 + TIMES)
      .map(kernelNumber) ?? [];
  if (!lines[0]?.startsWith('cpu ') || times.length < IOWAIT || times.includes(null)) return null;
  const total = times.reduce<number>((sum, time) => sum + (time ?? 0), 0);
  const idle = (times[IDLE] ?? 0) + (times[IOWAIT] ?? 0);
  return { busy: total - idle, total, cpus: lines.filter((line) => /^cpu\d/.test(line)).length };
}
