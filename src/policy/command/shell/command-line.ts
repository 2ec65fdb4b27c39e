/** What stands between two commands. A newline counts as `;`. */
export type Operator = '|' | '&&' | '||' | ';';

/** A simple command: its name and its arguments, each to be taken literally. */
export type Words = readonly [string, ...string[]];

/** Simple commands, with the operator between each and the next: `|` binds tightest, `;` least, as in sh(1). */
export interface CommandLine {
  readonly commands: readonly Words[];
  /** One less than there are commands. */
  readonly operators: readonly Operator[];
}
