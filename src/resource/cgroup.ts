import { join } from 'node:path';
import { type CgroupLevels, cgroupLevels } from './cgroup-levels.js';
import type { CgroupLoad } from './cgroup-load.js';
import { cpuQuota } from './cpu-quota.js';
import { kernelNumber } from './kernel-number.js';
import { keyedNumber } from './keyed-number.js';
import { percentOf } from './percent-of.js';
import { pressurePercent } from './pressure-percent.js';
import { readKernelFile } from './read-kernel-file.js';

/** What the machine has; a limit at or above it is none. */
interface Machine {
  readonly cpus: number;
  readonly memoryBytes: number;
}

interface CpuTime {
  readonly usedMs: number;
  readonly atMs: number;
}

type Memory = NonNullable<CgroupLoad['memoryBytes']>;

/**
 * The cgroup this process is in, of version 1, 2 or a mixture. Limits hold for the whole tree below them: among those of
 * the cgroup and of its ancestors the one nearest to being reached counts.
 */
export class Cgroup {
  #membership: string | null = null;
  #levels: CgroupLevels = { unified: [], controllers: {} };
  /** By directory, as read by the sample before. */
  #cpuTimes = new Map<string, CpuTime>();

  constructor(
    private readonly root = '/',
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Reads the files one after another, so that at most one thread of Node's pool is taken. CPU time is counted since the
   * call before, which must have ended. Rejects where the system cannot read now.
   */
  async read(machine: Machine): Promise<CgroupLoad> {
    await this.#locate();
    return {
      cpu: await this.#cpu(machine.cpus),
      memoryBytes: await this.#memory(machine.memoryBytes),
      cpuPressurePercent: await this.#pressure('cpu'),
      memoryPressurePercent: await this.#pressure('memory'),
    };
  }

  /** A process may be moved; the list of mounts, which may be long, is read only then. */
  async #locate(): Promise<void> {
    const membership = await this.#text('/proc/self/cgroup');
    if (membership === this.#membership) return;
    this.#levels = cgroupLevels(membership, await this.#text('/proc/self/mountinfo'));
    this.#membership = membership;
  }

  async #cpu(machineCpus: number): Promise<CgroupLoad['cpu']> {
    const before = this.#cpuTimes;
    const times = new Map<string, CpuTime>();
    const percents: (number | null)[] = [];
    for (const [directory, cpus] of await this.#cpuLimits(machineCpus)) {
      const time = await this.#cpuTime(directory);
      const last = before.get(directory);
      if (time !== null) times.set(directory, time);
      percents.push(time === null || last === undefined ? null : usePercent(last, time, cpus));
    }
    this.#cpuTimes = times;
    if (percents.length === 0) return null;
    const known = percents.filter((percent) => percent !== null);
    return { percent: known.length === 0 ? null : Math.max(...known) };
  }

  /** Directories that have a limit of CPU time, with the processors it allows. */
  async #cpuLimits(machineCpus: number): Promise<[string, number][]> {
    const limits: [string, number][] = [];
    const add = (directory: string, cpus: number | null): void => {
      if (cpus !== null && cpus < machineCpus) limits.push([directory, cpus]);
    };
    for (const directory of this.#levels.unified) add(directory, cpuQuota(await this.#text(directory, 'cpu.max')));
    for (const directory of this.#levels.controllers['cpu'] ?? []) {
      const quota = await this.#text(directory, 'cpu.cfs_quota_us');
      if (quota === null || quota.startsWith('-')) continue;
      add(directory, cpuQuota(`${quota} ${(await this.#text(directory, 'cpu.cfs_period_us')) ?? ''}`));
    }
    return limits;
  }

  async #cpuTime(directory: string): Promise<CpuTime | null> {
    const accounting = this.#accountingDirectory(directory);
    const atMs = this.now();
    if (accounting === undefined) {
      const usedUs = keyedNumber(await this.#text(directory, 'cpu.stat'), 'usage_usec');
      return usedUs === null ? null : { usedMs: usedUs / 1e3, atMs };
    }
    const usedNs = kernelNumber(await this.#text(accounting, 'cpuacct.usage'));
    return usedNs === null ? null : { usedMs: usedNs / 1e6, atMs };
  }

  /** In version 1 CPU time may be counted in a hierarchy of its own: the directory of the same name in that one. */
  #accountingDirectory(directory: string): string | undefined {
    const { cpu = [], cpuacct = [] } = this.#levels.controllers;
    if (!cpu.includes(directory)) return undefined;
    const name = directory.slice(cpu.at(-1)?.length);
    return cpuacct.find((each) => each === `${cpuacct.at(-1) ?? ''}${name}`);
  }

  async #memory(machineBytes: number): Promise<Memory | null> {
    const found: Memory[] = [];
    const add = async (directory: string, names: typeof MEMORY_1): Promise<void> => {
      const limit = kernelNumber(await this.#text(directory, names.limit));
      if (limit === null || limit >= machineBytes) return;
      const all = kernelNumber(await this.#text(directory, names.used));
      if (all === null) return;
      const inactive = keyedNumber(await this.#text(directory, 'memory.stat'), names.inactive) ?? 0;
      found.push({ used: Math.max(0, all - inactive), limit });
    };
    for (const directory of this.#levels.unified) await add(directory, MEMORY_2);
    for (const directory of this.#levels.controllers['memory'] ?? []) await add(directory, MEMORY_1);
    return found.reduce<Memory | null>(
      (worst, each) => (worst === null || share(each) > share(worst) ? each : worst),
      null,
    );
  }

  /** Of the nearest cgroup that the kernel counts it for, else of the host. */
  async #pressure(resource: 'cpu' | 'memory'): Promise<number | null> {
    for (const directory of this.#levels.unified) {
      const percent = pressurePercent(await this.#text(directory, `${resource}.pressure`));
      if (percent !== null) return percent;
    }
    return pressurePercent(await this.#text('/proc/pressure', resource));
  }

  #text(...path: string[]): Promise<string | null> {
    return readKernelFile(join(this.root, ...path));
  }
}

const MEMORY_1 = { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', inactive: 'total_inactive_file' };
const MEMORY_2 = { limit: 'memory.max', used: 'memory.current', inactive: 'inactive_file' };

function usePercent(before: CpuTime, after: CpuTime, cpus: number): number | null {
  // A counter that went down is another cgroup's, of the same name.
  if (after.usedMs < before.usedMs) return null;
  return percentOf(after.usedMs - before.usedMs, (after.atMs - before.atMs) * cpus);
}

function share({ used, limit }: Memory): number {
  return percentOf(used, limit) ?? 100;
}
