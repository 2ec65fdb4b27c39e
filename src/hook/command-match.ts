import type { Program } from '../policy/command/decision.js';
import { GlobSet } from '../timeout/classification/glob-set.js';

/** Characters of a command that are looked at. */
const MAX_CHARACTERS = 4096;

/** Globs for the whole text of a command: the line, or the words of `argv` with blanks between. */
export class CommandMatch {
  readonly #globs: GlobSet | null;

  /** @param globs of which one must fit; null = every command fits */
  constructor(globs: readonly string[] | null) {
    this.#globs = globs && new GlobSet(globs);
  }

  fits(program: Program): boolean {
    if (this.#globs === null) return true;
    const text = 'argv' in program ? program.argv.join(' ') : program.command;
    return this.#globs.has(text.slice(0, MAX_CHARACTERS).trim());
  }
}
