import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type * as SystemInformation from 'systeminformation';
import { type CpuTicks, cpuTicks } from './cpu-ticks.js';
import type { HostLoad } from './host-load.js';
import { percentOf } from './percent-of.js';
import { readKernelFile } from './read-kernel-file.js';

const require = createRequire(import.meta.url);

/**
 * CPU and memory of the host, read without blocking and without starting a program. systeminformation's `currentLoad`
 * starts a shell on Linux and waits for it on the event loop, so CPU time is read here.
 */
export class Host {
  #ticks: CpuTicks | null = null;

  constructor(private readonly root = '/') {}

  /** CPU time is counted since the call before, which must have ended. Rejects where the system cannot read now. */
  async read(): Promise<HostLoad> {
    const before = this.#ticks;
    const ticks = cpuTicks(await readKernelFile(join(this.root, 'proc/stat')));
    this.#ticks = ticks;
    const { active, total } = await memory().mem();
    return {
      cpuPercent: before && ticks && percentOf(ticks.busy - before.busy, ticks.total - before.total),
      cpus: ticks?.cpus ?? availableParallelism(),
      memoryBytes: { used: Math.max(0, active), limit: total },
    };
  }
}

/** The one part of systeminformation that is needed: all of it would take four times the memory, and block for longer. */
function memory(): Pick<typeof SystemInformation, 'mem'> {
  return require('systeminformation/lib/memory.js') as Pick<typeof SystemInformation, 'mem'>;
}
