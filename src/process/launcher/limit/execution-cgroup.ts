import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResourceLimits } from '../../../config/resource-limits.js';
import type { Excess } from '../../limit/excess.js';
import { backstopTasks } from './backstop-tasks.js';

/** What ended a moment ago keeps its cgroup for a moment. */
const REMOVE_AGAIN_MS = 50;
const REMOVALS = 40;

/**
 * The cgroup of one execution, by the kernel's interface of version 2 (cgroup-v2.rst): no process of it has more memory
 * together than the limit, at no moment; where it needs more, the kernel kills them all.
 */
export class ExecutionCgroup {
  readonly #directory: string;

  /** @param root a directory whose children have the controllers memory and pids @throws the system's error */
  constructor(
    root: string,
    id: string,
    private readonly limits: ResourceLimits,
  ) {
    this.#directory = join(root, `execution-${id}`);
    mkdirSync(this.#directory);
    try {
      this.#limit(limits);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** Takes a process in, and all that it starts from then on. It may have ended: then there is nothing to take in. */
  async enter(pid: number): Promise<void> {
    await writeFile(this.#path('cgroup.procs'), String(pid)).catch(() => undefined);
  }

  /** The memory its processes needed and did not get; null where none was killed for it. */
  get excess(): Excess | null {
    const kills = Number(/^oom_kill (\d+)$/m.exec(this.#read('memory.events'))?.[1] ?? 0);
    const { memoryBytes } = this.limits;
    if (kills === 0 || memoryBytes === null) return null;
    const peak = Number(this.#read('memory.peak'));
    return { resource: 'memoryBytes', limit: memoryBytes, observed: Math.max(memoryBytes, peak) };
  }

  /** Nothing of the execution is left: its cgroup goes, too. */
  remove(attempts = REMOVALS): void {
    try {
      rmdirSync(this.#directory);
    } catch {
      if (attempts === 0) return;
      setTimeout(() => {
        this.remove(attempts - 1);
      }, REMOVE_AGAIN_MS).unref();
    }
  }

  #limit({ memoryBytes, processes }: ResourceLimits): void {
    if (memoryBytes !== null) {
      writeFileSync(this.#path('memory.max'), String(memoryBytes));
      writeFileSync(this.#path('memory.oom.group'), '1');
      // Where the kernel has no swap there is no such file.
      if (this.#read('memory.swap.max') !== '') writeFileSync(this.#path('memory.swap.max'), '0');
    }
    if (processes !== null) writeFileSync(this.#path('pids.max'), String(backstopTasks(processes)));
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  #read(name: string): string {
    try {
      return readFileSync(this.#path(name), 'latin1');
    } catch {
      return '';
    }
  }
}
