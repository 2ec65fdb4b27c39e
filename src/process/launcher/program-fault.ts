import { constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import type { CommandUser } from './launcher-settings.js';
import { asUser } from './as-user.js';

/** Where execvp(3) looks without a PATH. */
const STANDARD_PATH = '/bin:/usr/bin';

/**
 * The error code with which execvp(3) would fail, or null: asked where another program stands before the command, whose
 * own failure nobody would be told of.
 * @param user who executes it
 */
export function programFault(
  file: string,
  path: string | undefined,
  cwd: string,
  user: CommandUser | null,
): string | null {
  const faults = candidates(file, path).map((candidate) => faultOf(absolute(cwd, candidate), user));
  if (faults.includes(null)) return null;
  return faults.includes('EACCES') ? 'EACCES' : 'ENOENT';
}

/** The path that execvp(3) would execute as this process's own user, in `cwd`, or null where it would fail. */
export function programPath(file: string, path: string | undefined, cwd: string): string | null {
  return candidates(file, path).find((candidate) => faultOf(absolute(cwd, candidate), null) === null) ?? null;
}

/** An empty directory of the PATH is the one that the process is in. */
function candidates(file: string, path: string | undefined): string[] {
  if (file.includes('/')) return [file];
  return (path ?? STANDARD_PATH).split(delimiter).map((each) => (each === '' ? file : `${each}/${file}`));
}

function absolute(cwd: string, file: string): string {
  return file.startsWith('/') ? file : resolve(cwd, file);
}

function faultOf(file: string, user: CommandUser | null): string | null {
  try {
    // Where most of a PATH's directories do not have it, an exception for each would cost more than the start itself.
    const found = asUser(user, () => statSync(file, { throwIfNoEntry: false }));
    if (found === undefined) return 'ENOENT';
    const { mode, uid, gid } = found;
    const own = user?.uid ?? process.geteuid?.() ?? 0;
    // Root may execute what anybody may.
    const bits = own === 0 ? 0o111 : own === uid ? 0o100 : isIn(gid, user) ? 0o010 : 0o001;
    return (mode & bits) !== 0 && (mode & constants.S_IFMT) === constants.S_IFREG ? null : 'EACCES';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'ENOENT';
  }
}

function isIn(group: number, user: CommandUser | null): boolean {
  if (user !== null) return group === user.gid;
  return group === process.getegid?.() || process.getgroups?.().includes(group) === true;
}
