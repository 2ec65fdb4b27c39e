import type { Complexity } from './complexity.js';

/** One rule of the classification table. All that is not null must fit a simple command, of a list one entry. */
export interface ClassificationRule {
  /** Globs of program names. */
  readonly programs: readonly string[];
  /** What the arguments begin with, options aside: globs, one for each word, with single blanks between. */
  readonly subcommands: readonly string[] | null;
  /** Globs of arguments. */
  readonly arguments: readonly string[] | null;
  /** Lower-case words in the text of the arguments; * at the end stands for any ending. */
  readonly mentions: readonly string[] | null;
  /** Least length of that text; 0 = any. */
  readonly minCharacters: number;
  /** Most arguments, options included. */
  readonly maxArguments: number;
  /** Options whose value is the next word. */
  readonly valueOptions: readonly string[];
  readonly category: string;
  /** With the places <program>, <1> and <2>. */
  readonly name: string;
  readonly complexity: Complexity;
  readonly type: string;
  readonly successExitCodes: readonly number[];
  /** True for what only prepares other commands. */
  readonly isSetup: boolean;
}

/** A command that runs the command it is given. */
export interface CommandWrapper {
  /** Globs of program names. */
  readonly programs: readonly string[];
  readonly subcommands: readonly string[] | null;
  readonly valueOptions: readonly string[];
  /** Words of its own before the command, options aside. */
  readonly ownWords: number;
  /** The command follows this option; null = the words of its own. */
  readonly commandAfter: string | null;
  /** A command line in one word follows this option. */
  readonly lineAfter: string | null;
}

/** What commands are classified by; of the rules and of the wrappers the first that fits counts. */
export interface Classification {
  readonly rules: readonly ClassificationRule[];
  readonly wrappers: readonly CommandWrapper[];
}
