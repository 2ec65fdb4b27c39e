import { accessSync, constants, lstatSync } from 'node:fs';
import { dirname } from 'node:path';

/** Why nothing can be appended at AUDIT_LOG, or null: at a file, a device, or a place for a file in a directory that is there. */
export function auditLogFault(target: string | null): string | null {
  if (target === null || target === 'stdout') return null;
  try {
    const found = lstatSync(target, { throwIfNoEntry: false });
    if (found?.isSymbolicLink() === true) return `${target} is a symbolic link`;
    if (found !== undefined && !found.isFile() && !found.isCharacterDevice()) return `${target} is not a file`;
    if (found === undefined) accessSync(dirname(target), constants.W_OK | constants.X_OK);
    else accessSync(target, constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    return `${target} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
  }
}
