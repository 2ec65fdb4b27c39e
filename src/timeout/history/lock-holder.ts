import { readFileSync, statSync } from 'node:fs';

/**
 * The process that holds a POSIX lock on a file, as /proc/locks tells; null where that is not known. The file is not
 * opened: to close it again would give up a lock of this process.
 */
export function lockHolder(file: string): number | null {
  try {
    const { ino } = statSync(file);
    const [, pid = '0'] =
      new RegExp(`POSIX +\\w+ +WRITE +(\\d+) [0-9a-f]+:[0-9a-f]+:${String(ino)} `).exec(
        readFileSync('/proc/locks', 'latin1'),
      ) ?? [];
    return Number(pid) > 0 ? Number(pid) : null;
  } catch {
    return null;
  }
}
