import type { ResourceLimits } from '../../config/resource-limits.js';
import { findExecutable } from '../../config/find-executable.js';
import { isolationOptions } from '../isolation/isolation-options.js';
import type { LauncherSettings } from './launcher-settings.js';
import { rlimitOptions } from './limit/rlimits.js';
import { NO_ISOLATION, NO_PRLIMIT, type SpawnOrder } from './order.js';
import { programFault } from './program-fault.js';

/** The program to start for an order, with its arguments: each one before the command's own hands its pid on. */
export type CommandLine = readonly [string, ...string[]];

const prlimit = findExecutable('prlimit');

/** The descriptor at which a command waits for its end before it does anything. */
export const GATE = 3;
const WAITS_AT_GATE = ['/bin/sh', '-c', `read -r _ <&${String(GATE)}; exec ${String(GATE)}<&-; exec "$@"`, 'sh'];

/**
 * What is started for an order: the command itself, or what sets its limits and isolates it before.
 * @param path PATH of the command
 * @param isGated true: it waits at the gate first
 * @throws with `code`: as of execvp(3), NO_PRLIMIT or NO_ISOLATION
 */
export function commandLine(
  order: SpawnOrder,
  settings: LauncherSettings,
  path: string | undefined,
  isGated: boolean,
): CommandLine {
  const { file, args, limits, cwd } = order;
  const uid = settings.user?.uid ?? process.getuid?.() ?? 0;
  const isolation = isolationOptions(settings.isolation, uid, cwd) ?? fail(NO_ISOLATION);
  const rlimits = limits !== null && needsRlimit(limits, uid) ? rlimitOptions(limits, uid) : null;
  if (rlimits === null && isolation.length === 0 && !isGated) return [file, ...args];
  const fault = programFault(file, path, cwd, settings.user);
  if (fault !== null) fail(fault);
  const limited = rlimits === null ? [] : [prlimit ?? fail(NO_PRLIMIT), ...rlimits, '--'];
  return [...(isGated ? WAITS_AT_GATE : []), ...limited, ...isolation, file, ...args] as unknown as CommandLine;
}

function needsRlimit(
  { cpuSeconds, memoryBytes, fileBytes, openFiles, processes }: ResourceLimits,
  uid: number,
): boolean {
  const each = [cpuSeconds, memoryBytes, fileBytes, openFiles, uid === 0 ? null : processes];
  return each.some((limit) => limit !== null);
}

function fail(code: string): never {
  throw Object.assign(new Error(code), { code });
}
