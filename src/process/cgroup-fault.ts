import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CONTROLLERS = ['memory', 'pids'] as const;

/**
 * Why the cgroups of executions cannot be made in a cgroup (version 2), or null. Hands its controllers on to them, which
 * the kernel allows where no process is in it: the service itself belongs beneath or beside it.
 */
export function cgroupFault(directory: string): string | null {
  try {
    const available = readFileSync(join(directory, 'cgroup.controllers'), 'latin1').trim().split(' ');
    const missing = CONTROLLERS.filter((name) => !available.includes(name));
    if (missing.length > 0) return `has no controller ${missing.join(' and ')}`;
    writeFileSync(join(directory, 'cgroup.subtree_control'), CONTROLLERS.map((name) => `+${name}`).join(' '));
    const trial = join(directory, `trial-${String(process.pid)}`);
    mkdirSync(trial);
    rmdirSync(trial);
    return null;
  } catch (error) {
    const { code, path = directory } = error as NodeJS.ErrnoException;
    return `${path} cannot be used (${code ?? String(error)})`;
  }
}
