import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';
/** `f_type` of statfs(2). */
const TMPFS_MAGIC = 0x01021994;

/**
 * Makes the directory of a launcher's FIFOs: in memory, where there is such a place, because a file system on disk looks for
 * an inode longer than a command takes to start.
 * @param otherwise what is taken where there is none
 */
export function makeFifoDirectory(instance: string, otherwise: string): string {
  try {
    if (statfsSync(SHARED_MEMORY).type !== TMPFS_MAGIC) return otherwise;
    mkdirSync(pathOf(instance), { mode: 0o700 });
    return pathOf(instance);
  } catch {
    return otherwise;
  }
}

/** Removes what a launcher has made there, where it has. */
export function removeFifoDirectory(instance: string): void {
  rmSync(pathOf(instance), { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}

function pathOf(instance: string): string {
  return join(SHARED_MEMORY, `cc-executor-${instance.replaceAll(/[^\w-]/g, '_')}`);
}
