import { spawnSync } from 'node:child_process';
import type { AppConfig } from '../config/app-config.js';
import { findExecutable } from '../config/find-executable.js';
import { cgroupFault } from './cgroup-fault.js';
import { isolationOptions } from './isolation/isolation-options.js';
import { launcherLimits } from './limit/launcher-limits.js';

/** A machine that takes longer to start a program is no place for one. */
const PROBE_MS = 10_000;

/**
 * What of the configuration this machine cannot do, a line a variable: found by doing it. Isolated commands are tried with
 * `true`, as the user they are to run as.
 */
export function hostFaults({ process: { isolation, runAs, cgroup }, limit }: AppConfig): string[] {
  const faults: string[] = [];
  if (launcherLimits(limit).length > 0 && findExecutable('prlimit') === null)
    faults.push('LIMIT_…: there is no prlimit (of util-linux) to set limits with');
  const fault = cgroup === null ? null : cgroupFault(cgroup);
  if (fault !== null) faults.push(`CGROUP: ${fault}`);
  const options = isolationOptions(isolation, runAs?.uid ?? process.getuid?.() ?? 0, '/');
  if (options === null) faults.push(`ISOLATION: ${isolation} needs ${isolation === 'pidns' ? 'unshare' : 'bwrap'}`);
  else if (options.length > 0) {
    const failure = trial(options, runAs);
    if (failure !== null) faults.push(`ISOLATION: ${isolation} does not work on this machine: ${failure}`);
  }
  return faults;
}

/** Why it fails, or null. */
function trial([file = '', ...args]: readonly string[], user: AppConfig['process']['runAs']): string | null {
  const { status, error, stderr } = spawnSync(file, [...args, 'true'], {
    cwd: '/',
    timeout: PROBE_MS,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    ...user,
  });
  if (status === 0) return null;
  return error?.message ?? (stderr.trim().split('\n').at(-1) || `exit code ${String(status)}`);
}
