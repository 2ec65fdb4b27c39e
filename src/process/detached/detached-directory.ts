import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../../config/writable-directory.js';

/** What outlives the service: a directory for each launcher and each execution, and a file for each session. */
export class DetachedDirectory {
  readonly launchers: string;
  readonly executions: string;
  readonly sessions: string;

  /**
   * Makes it where it is not there.
   * @throws Error where another user can write to it, or the system's error
   */
  constructor(dataDirectory: string) {
    const directory = join(dataDirectory, 'detached');
    this.launchers = join(directory, 'launchers');
    this.executions = join(directory, 'executions');
    this.sessions = join(directory, 'sessions');
    for (const each of [directory, this.launchers, this.executions, this.sessions]) {
      makeDirectory(each);
      requirePrivate(each);
    }
  }
}

/** @throws Error where a directory is not this user's alone */
export function requirePrivate(directory: string): void {
  const { uid, mode } = lstatSync(directory);
  if (uid !== process.geteuid?.()) throw new Error(`${directory} is another user's`);
  if ((mode & 0o077) !== 0) throw new Error(`${directory} is open to other users`);
}
