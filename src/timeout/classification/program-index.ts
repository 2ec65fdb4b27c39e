import type { GlobSet } from './glob-set.js';

/** Entries by the programs they are for, in their order. */
export class ProgramIndex<T extends { readonly programs: GlobSet }> {
  /** For each program that an entry names. */
  readonly #named: ReadonlyMap<string, readonly T[]>;
  /** Those whose patterns may fit any other. */
  readonly #patterns: readonly T[];

  constructor(entries: readonly T[]) {
    const names = new Set(entries.flatMap(({ programs }) => [...programs.literals]));
    this.#named = new Map([...names].map((name) => [name, entries.filter(({ programs }) => programs.has(name))]));
    this.#patterns = entries.filter(({ programs }) => programs.hasPatterns);
  }

  of(program: string): readonly T[] {
    return this.#named.get(program) ?? this.#patterns.filter(({ programs }) => programs.has(program));
  }
}
