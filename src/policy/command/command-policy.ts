import { PolicyError } from '../policy-error.js';
import type { EnvironmentPolicy } from '../environment-policy.js';
import type { WorkingDirectory } from '../working-directory.js';
import type { ArgumentRules } from './argument-rules.js';
import type { CommandLine, Words } from './shell/command-line.js';
import { commandRefusal } from './command-refusal.js';
import type { Decision, Explanation, Program } from './decision.js';
import type { ProgramTable } from './program-table.js';
import { readCommandLine } from './shell/read-command-line.js';
import { shellText } from './shell/shell-text.js';

/** Longest single argument Linux passes to a program, less its final NUL: MAX_ARG_STRLEN of execve(2). */
const MAX_TEXT_BYTES = 131_071;
const MAX_ARGV_BYTES = 1_048_576;

/** Nothing of the environment or of start-up files has a part in what bash runs: its manual, -p. */
const BASH_OPTIONS = ['--norc', '--noprofile', '-p', '-c'];

/** The allowed programs, found, with the rules for their arguments. */
interface AllowList {
  readonly programs: ProgramTable;
  readonly rules: ReadonlyMap<string, ArgumentRules>;
  /** Path of the shell that runs lists and pipelines; null where there is none. */
  readonly bash: string | null;
}

/**
 * What may run. With an allow-list nothing of a client's own text reaches a shell: its words are read, and what runs is
 * made from them anew, each command by the absolute path of its program.
 */
export class CommandPolicy {
  constructor(
    private readonly allowList: AllowList | null,
    private readonly environment: EnvironmentPolicy,
    private readonly directory: WorkingDirectory,
  ) {}

  /** Every command may run. */
  get isOpen(): boolean {
    return this.allowList === null;
  }

  /** Allowed commands for which there is no program. */
  get missing(): readonly string[] {
    return this.allowList?.programs.missing ?? [];
  }

  /**
   * @param cwd where the client wants it to run; null = not said
   * @throws PolicyError where it may not run
   */
  check(program: Program, environment: Readonly<Record<string, string>>, cwd: string | null): Decision {
    const commands = this.allowList === null ? null : readProgram(program);
    const runs = this.allowList === null || commands === null ? program : rebuilt(commands, this.allowList);
    const name = commands?.commands[0]?.[0] ?? nameOf(program);
    const variable = this.environment.refused(environment);
    if (variable !== null) throw commandRefusal(name, 'environment', variable.slice(0, 64));
    const path = this.directory.find(cwd);
    if (path === null) throw commandRefusal(name, 'working_directory');
    return { program: runs, cwd: path };
  }

  /** What `check` says, and why; starts nothing. */
  explain(program: Program, environment: Readonly<Record<string, string>>, cwd: string | null): Explanation {
    try {
      const decision = this.check(program, environment, cwd);
      const reason = this.isOpen
        ? 'Every command is allowed: ALLOWED_COMMANDS is not set'
        : 'Every program is on the list of allowed commands';
      return { allowed: true, rule: null, command: null, runs: decision.program, cwd: decision.cwd, reasons: [reason] };
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      const { rule, command, reason } = error;
      return { allowed: false, rule, command, runs: null, cwd: null, reasons: [reason] };
    }
  }
}

function readProgram(program: Program): CommandLine {
  if ('command' in program) return readCommandLine(program.command);
  const { argv } = program;
  if (argv.some((word) => !word.isWellFormed() || word.includes('\0')))
    throw commandRefusal(argv[0], 'not_well_formed');
  if (argv.reduce((bytes, word) => bytes + Buffer.byteLength(word) + 1, 0) > MAX_ARGV_BYTES)
    throw commandRefusal(argv[0], 'too_long');
  return { commands: [argv], operators: [] };
}

/** The program that runs: alone without any shell; lists and pipelines as text for bash, which is read again first. */
function rebuilt({ commands, operators }: CommandLine, { programs, rules, bash }: AllowList): Program {
  const [first, ...others] = commands.map((words) => resolved(words, programs, rules));
  if (first === undefined) throw commandRefusal('', 'empty');
  if (others.length === 0) return { argv: first };
  if (bash === null) throw commandRefusal(first[0], 'no_shell');
  const line = { commands: [first, ...others], operators };
  const text = shellText(line);
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) throw commandRefusal(first[0], 'too_long');
  if (!isSame(readCommandLine(text, Infinity), line)) throw commandRefusal(first[0], 'unknown_syntax');
  return { argv: [bash, ...BASH_OPTIONS, text] };
}

function resolved([name, ...words]: Words, programs: ProgramTable, rules: ReadonlyMap<string, ArgumentRules>): Words {
  if (!programs.has(name)) throw commandRefusal(name, 'not_on_allow_list');
  const path = programs.find(name);
  if (path === null) throw commandRefusal(name, 'no_such_program');
  const fault = rules.get(name)?.fault(words) ?? null;
  if (fault !== null) throw commandRefusal(name, 'argument_not_allowed', fault);
  return [path, ...words];
}

function isSame(read: CommandLine, line: CommandLine): boolean {
  return JSON.stringify([read.commands, read.operators]) === JSON.stringify([line.commands, line.operators]);
}

function nameOf(program: Program): string {
  return 'argv' in program ? program.argv[0] : (/[^ \t\n]+/.exec(program.command.slice(0, 1024))?.[0] ?? '');
}
