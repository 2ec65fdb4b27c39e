import { findExecutable } from './find-executable.js';
import { isExecutable } from './is-executable.js';

/**
 * Absolute path of the shell that CC_EXECUTOR_SHELL asks for: `zsh` (bash where there is no zsh), `bash`,
 * `default` (/bin/sh) or a path. Null where it cannot be found or is not executable.
 */
export function resolveShell(wanted: string, path?: string): string | null {
  if (wanted.startsWith('/')) return isExecutable(wanted) ? wanted : null;
  if (wanted === 'default') return isExecutable('/bin/sh') ? '/bin/sh' : null;
  return findExecutable(wanted, path) ?? (wanted === 'zsh' ? findExecutable('bash', path) : null);
}
