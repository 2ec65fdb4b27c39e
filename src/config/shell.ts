import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const STANDARD_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * Absolute path of the shell that CC_EXECUTOR_SHELL asks for: `zsh` (bash where there is no zsh), `bash`,
 * `default` (/bin/sh) or a path. Null where it cannot be found or is not executable.
 */
export function resolveShell(wanted: string, path: string = STANDARD_PATH): string | null {
  if (wanted.startsWith('/')) return isExecutable(wanted) ? wanted : null;
  if (wanted === 'default') return isExecutable('/bin/sh') ? '/bin/sh' : null;
  return find(wanted, path) ?? (wanted === 'zsh' ? find('bash', path) : null);
}

function find(name: string, path: string): string | null {
  const directories = `${path}${delimiter}${STANDARD_PATH}`
    .split(delimiter)
    .filter((directory) => directory.startsWith('/'));
  return directories.map((directory) => join(directory, name)).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
