import { realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isExecutable } from '../../config/is-executable.js';

/** The programs that names stand for, found once: what PATH holds later changes nothing. */
export class ProgramTable {
  readonly #paths: ReadonlyMap<string, string | null>;

  /**
   * @param names names to be found in PATH, and absolute paths, which stand for themselves
   * @param path the directories of PATH; one that is not absolute is left out
   */
  constructor(names: readonly string[], path: string) {
    const directories = path.split(delimiter).filter((directory) => directory.startsWith('/'));
    this.#paths = new Map(names.map((name) => [name, find(name, directories)]));
  }

  get names(): readonly string[] {
    return [...this.#paths.keys()];
  }

  has(name: string): boolean {
    return this.#paths.has(name);
  }

  /** The absolute path of a program, as it was found; null where there is none. */
  find(name: string): string | null {
    return this.#paths.get(name) ?? null;
  }

  /** Names for which there is no program. */
  get missing(): readonly string[] {
    return [...this.#paths].filter(([, path]) => path === null).map(([name]) => name);
  }

  /** The file a program is when its symbolic links are followed. */
  realPath(name: string): string | null {
    const path = this.find(name);
    return path === null ? null : realpathSync(path);
  }
}

function find(name: string, directories: readonly string[]): string | null {
  if (name.startsWith('/')) return isExecutable(name) ? name : null;
  return directories.map((directory) => join(directory, name)).find(isExecutable) ?? null;
}
