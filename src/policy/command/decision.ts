/** A line for the shell, or a program and its arguments. */
export type Program = { readonly command: string } | { readonly argv: readonly [string, ...string[]] };

/** How an allowed command is to be run. */
export interface Decision {
  /** What runs in place of what was asked for. */
  readonly program: Program;
  /** An absolute path. */
  readonly cwd: string;
}

/** What the policy says of a command that is not run. */
export interface Explanation {
  readonly allowed: boolean;
  /** The rule that refuses; null where it is allowed. */
  readonly rule: string | null;
  /** The command that is refused. */
  readonly command: string | null;
  /** What would run; null where nothing would. */
  readonly runs: Program | null;
  /** The absolute path it would run in. */
  readonly cwd: string | null;
  /** For people, a sentence each. */
  readonly reasons: readonly string[];
}
