import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where commands may run. */
export class WorkingDirectory {
  readonly #root: string | null;

  /**
   * @param directory where a command runs that names no directory, and what a relative one is relative to
   * @param root an absolute path that takes the place of `directory` and that every command stays within; null = none
   * @throws Error where the root is no directory
   */
  constructor(
    private readonly directory: string,
    root: string | null,
  ) {
    this.#root = root === null ? null : realDirectory(root);
  }

  /**
   * The absolute path a command is to run in, or null where it may not. With a root the path is a real one: existing, its
   * symbolic links followed, equal to the root or beneath it. That holds for the moment of the call: who can move
   * directories within the root can put another in its place before the command starts.
   */
  find(wanted: string | null): string | null {
    if (this.#root === null) return resolve(this.directory, wanted ?? '');
    try {
      const path = realDirectory(resolve(this.#root, wanted ?? ''));
      return path === this.#root || path.startsWith(this.#root === '/' ? '/' : `${this.#root}/`) ? path : null;
    } catch {
      // Whether it is absent, no directory or closed to the service is not told: it may be outside.
      return null;
    }
  }
}

function realDirectory(path: string): string {
  const real = realpathSync.native(path);
  if (!statSync(real).isDirectory()) throw new Error(`${path} is not a directory`);
  return real;
}
