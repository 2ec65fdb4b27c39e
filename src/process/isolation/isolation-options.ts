import { findExecutable } from '../../config/find-executable.js';

export type Isolation = 'none' | 'pidns' | 'sandbox';

/** Waits for the command as the first process of its namespace, on which signals have no effect, and says nothing of its own. */
const FIRST_PROCESS = ['/bin/sh', '-c', 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit "$?"', 'sh'];

/**
 * What stands before a command that runs isolated: nothing of it outlives its first process.
 * `pidns`: sees no other process. `sandbox`: also may write to its working directory and a /tmp of its own only.
 * @param uid of the command: who is not root needs a user namespace for it
 * @returns null where the program for it is not there
 */
export function isolationOptions(isolation: Isolation, uid: number, cwd: string): string[] | null {
  if (isolation === 'none') return [];
  const program = findExecutable(isolation === 'pidns' ? 'unshare' : 'bwrap');
  if (program === null) return null;
  if (isolation === 'pidns') {
    const asUser = uid === 0 ? [] : ['--user', '--map-current-user'];
    return [program, ...asUser, '--pid', '--fork', '--kill-child', '--mount-proc', '--', ...FIRST_PROCESS];
  }
  const root = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'];
  return [program, ...root, '--bind', cwd, cwd, '--chdir', cwd, '--unshare-pid', '--die-with-parent', '--'];
}
