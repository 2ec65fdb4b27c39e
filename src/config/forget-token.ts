import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

const NAMES = ['AUTH_TOKEN', 'CLUSTER_SECRET'] as const;

/** Place of env_start in /proc/self/stat, counted after the name (proc_pid_stat(5), field 50). */
const ENV_START = 47;

/**
 * Takes the token and the cluster's secret out of this process's environment, for what reads it later or inherits it, and
 * overwrites them in the copy of the environment that the kernel shows as /proc/PID/environ, which commands of the same
 * user can read.
 *
 * @returns false where the system does not let that copy be overwritten
 */
export function forgetToken(): boolean {
  for (const name of NAMES) Reflect.deleteProperty(process.env, name);
  try {
    const shown = readFileSync('/proc/self/environ');
    for (const name of NAMES) {
      const entry = Buffer.concat([Buffer.of(0), shown]).indexOf(`\0${name}=`);
      if (entry >= 0) overwrite(shown, entry + name.length + 1);
    }
    return true;
  } catch {
    return false;
  }
}

/** @param value where the value begins in what is shown */
function overwrite(shown: Buffer, value: number): void {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[ENV_START]);
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    const length = shown.indexOf(0, value) - value;
    const there = Buffer.alloc(length);
    readSync(memory, there, 0, length, start + value);
    if (!there.equals(shown.subarray(value, value + length))) throw new Error('The environment is not there');
    writeSync(memory, Buffer.alloc(length, '*'), 0, length, start + value);
  } finally {
    closeSync(memory);
  }
}
