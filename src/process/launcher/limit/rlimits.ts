import { readFileSync } from 'node:fs';
import type { ResourceLimits } from '../../../config/resource-limits.js';
import { backstopTasks } from './backstop-tasks.js';
import { tasksOfUser } from './tasks-of-user.js';

/** Names of proc_pid_limits(5), by the options of prlimit(1). */
const NAMES = {
  cpu: 'Max cpu time',
  data: 'Max data size',
  fsize: 'Max file size',
  nofile: 'Max open files',
  nproc: 'Max processes',
} as const;

/**
 * What a process may have beyond what its tree may keep resident: not all of its data ever is, and the LimitWatch, which
 * tells what was exceeded, comes first where memory grows no faster than it can be filled.
 */
const DATA_FACTOR = 2;
const SPARE_DATA_BYTES = 536_870_912;

/**
 * The options of prlimit(1) for a command of a user. They hold for each process: the sums over a tree, and what is
 * resident, are left to the LimitWatch, which these bound where a tree grows faster than it looks.
 * Never more than this process itself may have.
 */
export function rlimitOptions(limits: ResourceLimits, uid: number): string[] {
  const { cpuSeconds, memoryBytes, fileBytes, openFiles, processes } = limits;
  const own = ownLimits();
  const options = ['--core=0'];
  const add = (name: keyof typeof NAMES, soft: number | null, spare = 0): void => {
    const most = own[name];
    if (soft !== null)
      options.push(`--${name}=${String(Math.min(soft, most))}:${String(Math.min(soft + spare, most))}`);
  };
  // SIGXCPU, and SIGKILL to a process that goes on for another second.
  add('cpu', cpuSeconds, 1);
  add('data', memoryBytes === null ? null : memoryBytes * DATA_FACTOR + SPARE_DATA_BYTES);
  add('fsize', fileBytes);
  add('nofile', openFiles);
  // It is on all of a user's, and does not hold for root.
  if (processes !== null && uid !== 0) add('nproc', tasksOfUser(uid) + backstopTasks(processes));
  return options;
}

let known: Readonly<Record<keyof typeof NAMES, number>> | null = null;

/** The limits of this process; Infinity = none. */
function ownLimits(): Readonly<Record<keyof typeof NAMES, number>> {
  if (known !== null) return known;
  const text = readFileSync('/proc/self/limits', 'latin1');
  const entries = Object.entries(NAMES).map(([option, name]) => {
    const soft = new RegExp(`^${name} +(\\d+) `, 'm').exec(text)?.[1];
    return [option, soft === undefined ? Infinity : Number(soft)];
  });
  known = Object.fromEntries(entries) as Record<keyof typeof NAMES, number>;
  return known;
}
