import { delimiter, join } from 'node:path';
import { isExecutable } from './is-executable.js';

const STANDARD_PATH = '/usr/local/bin:/usr/bin:/bin';

/** Absolute path of the first program of that name in the absolute directories of `path` and the usual ones, or null. */
export function findExecutable(name: string, path: string = STANDARD_PATH): string | null {
  const directories = `${path}${delimiter}${STANDARD_PATH}`
    .split(delimiter)
    .filter((directory) => directory.startsWith('/'));
  return directories.map((directory) => join(directory, name)).find(isExecutable) ?? null;
}
