/** What the policy of commands is made from. */
export interface CommandPolicyConfig {
  /** Names, or absolute paths, of programs that may run; null = every command, an empty list = none. */
  readonly allowedCommands: readonly string[] | null;
  /** A file of rules for their arguments and of environment variables; null = none. */
  readonly policyFile: string | null;
  /** The PATH in which the programs are found. */
  readonly path: string;
  /** Where commands run that name no directory. */
  readonly directory: string;
  /** The directory that commands run in and beneath; null = anywhere. */
  readonly workdirRoot: string | null;
}
