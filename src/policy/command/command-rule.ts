/** Every rule by which a command is refused, with what it says. */
export const COMMAND_RULES = {
  empty: 'There is no command',
  too_long: 'The command is longer than the policy reads',
  not_well_formed:
    'The command is not well-formed: a quote is open, an operator has no command, or a character is invalid',
  unknown_syntax: 'The command has syntax that the policy does not know',
  expansion: '$ is expanded by the shell; quote it with single quotes',
  substitution: 'A command or process substitution runs a command of its own',
  redirection: 'A redirection opens a file',
  heredoc: 'A here-document is not allowed; send it as stdin',
  assignment: 'A variable is assigned; send it as env',
  function: 'A function is defined',
  glob: '* ? and [ are expanded by the shell; quote them',
  tilde: '~ is expanded by the shell; quote it',
  brace: '{ and } may be expanded by the shell; quote them',
  background: '& runs a command in the background',
  subshell: 'Parentheses run a subshell',
  compound: 'A compound command is not allowed, only lists and pipelines of simple ones',
  coproc: 'coproc runs a command in the background',
  negation: '! is not allowed',
  time: 'time is not allowed',
  not_on_allow_list: 'The program is not on the list of allowed commands',
  no_such_program: 'The program is allowed, but was not found when the service started',
  no_shell: 'Lists and pipelines need bash, which was not found when the service started',
  argument_not_allowed: 'The policy does not allow this argument',
  environment: 'The policy does not allow this environment variable',
  working_directory: 'The working directory is not an existing directory within WORKDIR_ROOT',
} as const satisfies Readonly<Record<string, string>>;

export type CommandRule = keyof typeof COMMAND_RULES;
