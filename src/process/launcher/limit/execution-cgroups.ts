import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Excess } from '../../limit/excess.js';
import { GATE } from '../command-line.js';
import { NO_CGROUP, type SpawnOrder } from '../order.js';
import { ExecutionCgroup } from './execution-cgroup.js';

/** The cgroups of the executions that run, where there is a place for them. */
export class ExecutionCgroups {
  readonly #cgroups = new Map<string, ExecutionCgroup>();

  /** @param root where they are made; null = nowhere */
  constructor(private readonly root: string | null) {}

  /** True where an execution gets one: it has a limit on memory or processes. */
  isFor({ limits }: SpawnOrder): boolean {
    return this.root !== null && limits !== null && (limits.memoryBytes !== null || limits.processes !== null);
  }

  /**
   * Makes one for an execution with a limit on memory or processes.
   * @returns true where it is to wait at the gate until it is in
   * @throws with code NO_CGROUP
   */
  make(order: SpawnOrder): boolean {
    const { id, limits } = order;
    if (this.root === null || limits === null || !this.isFor(order)) return false;
    try {
      this.#cgroups.set(id, new ExecutionCgroup(this.root, id, limits));
      return true;
    } catch (error) {
      throw Object.assign(new Error(NO_CGROUP), { code: NO_CGROUP, cause: error });
    }
  }

  /** Takes in what waits at the gate, and opens it. */
  enter(id: string, { pid, stdio }: ChildProcess): void {
    const gate = stdio[GATE] as Writable | null | undefined;
    if (pid === undefined || gate === null || gate === undefined) return;
    // It may have been killed while it waited.
    gate.on('error', () => gate.destroy());
    void this.#cgroups
      .get(id)
      ?.enter(pid)
      .then(() => gate.end());
  }

  /** What an execution had too much of by its cgroup; null where it has none. */
  excess(id: string): Excess | null {
    return this.#cgroups.get(id)?.excess ?? null;
  }

  remove(id: string): void {
    this.#cgroups.get(id)?.remove();
    this.#cgroups.delete(id);
  }
}
