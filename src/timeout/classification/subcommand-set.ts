import { GlobSet } from './glob-set.js';

/** Subcommands of one or several words, each a glob. */
export class SubcommandSet {
  readonly #alternatives: readonly (readonly GlobSet[])[];
  readonly #single: GlobSet;

  constructor(subcommands: readonly string[]) {
    const words = subcommands.map((subcommand) => subcommand.split(' '));
    this.#single = new GlobSet(words.filter(({ length }) => length === 1).flat());
    this.#alternatives = words
      .filter(({ length }) => length > 1)
      .map((globs) => globs.map((glob) => new GlobSet([glob])));
  }

  /** How many of the words make up a subcommand; 0 where they begin with none. */
  wordsOf(words: readonly string[]): number {
    const [first] = words;
    if (first === undefined) return 0;
    const longer = this.#alternatives.find((globs) =>
      globs.every((glob, index) => {
        const word = words[index];
        return word !== undefined && glob.has(word);
      }),
    );
    return longer?.length ?? (this.#single.has(first) ? 1 : 0);
  }
}
