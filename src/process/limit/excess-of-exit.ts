import { constants } from 'node:os';
import type { ResourceLimits } from '../../config/resource-limits.js';
import type { Excess } from './excess.js';
import type { ProcessExit } from '../execution-outcome.js';

/** What a shell adds to the number of the signal that ended its command. */
const SHELL_SIGNAL_BASE = 128;

/**
 * The limit by which the system itself ended a command: the CPU time of a process (SIGXCPU, or SIGKILL soon after it) or
 * the size of a file (SIGXFSZ), be it the command's own process or one whose end its shell tells. Null where it ended
 * otherwise, and in any case after exit code 0.
 * @param cpuSeconds of the whole tree; null where they are not known
 */
export function excessOfExit(exit: ProcessExit, cpuSeconds: number | null, limits: ResourceLimits): Excess | null {
  if (exit.code === 0) return null;
  const isCpuSpent = cpuSeconds !== null && limits.cpuSeconds !== null && cpuSeconds >= limits.cpuSeconds;
  if (limits.cpuSeconds !== null && (isCpuSpent || isBy(exit, 'SIGXCPU')))
    return { resource: 'cpuSeconds', limit: limits.cpuSeconds, observed: Math.max(limits.cpuSeconds, cpuSeconds ?? 0) };
  if (limits.fileBytes !== null && isBy(exit, 'SIGXFSZ'))
    return { resource: 'fileBytes', limit: limits.fileBytes, observed: null };
  return null;
}

function isBy({ code, signal }: ProcessExit, name: 'SIGXCPU' | 'SIGXFSZ'): boolean {
  return signal === name || code === SHELL_SIGNAL_BASE + constants.signals[name];
}
