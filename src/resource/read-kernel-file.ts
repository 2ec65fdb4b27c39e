import { readFile } from 'node:fs/promises';

/** Not there, not ours to read, gone while it was read, or of a feature that is off. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENODEV', 'EISDIR', 'EINVAL', 'EOPNOTSUPP', 'ENOTSUP']);

/** The text of a file of /proc or /sys, or null where there is none. Rejects where the system cannot read now (EMFILE). */
export async function readKernelFile(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
