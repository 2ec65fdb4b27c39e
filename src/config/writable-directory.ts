import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Why a directory cannot be made or written, or null where it can: its nearest existing ancestor decides. */
export function directoryFault(directory: string): string | null {
  try {
    const existing = nearestExisting(directory);
    if (!statSync(existing).isDirectory()) return `${existing} is not a directory`;
    accessSync(existing, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return `${directory} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
  }
}

/**
 * Makes a directory for this user alone, with its ancestors one by one: Node's recursive mkdir never returns on a file
 * system that refuses with ENOENT, as /proc does.
 * @throws the system's error
 */
export function makeDirectory(directory: string): void {
  if (nearestExisting(directory) === directory) return;
  makeDirectory(dirname(directory));
  mkdirSync(directory, { mode: 0o700 });
}

function nearestExisting(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) !== undefined || dirname(path) === path
    ? path
    : nearestExisting(dirname(path));
}
