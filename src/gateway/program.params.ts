import { IsOptional, ValidateIf } from 'class-validator';
import { EMPTY_COMMAND } from './params.pipe.js';
import { Rule } from './rule.decorator.js';
import { IsArgv, IsText } from './well-formed.decorator.js';

/** What is to be run: a line for the shell, or a program and its arguments. */
export class ProgramParams {
  /** A line for the configured shell. */
  @ValidateIf((params: ProgramParams) => params.argv == null || params.command != null)
  @Rule('oneProgram', 'Give either command or argv', (_value, params) => (params as ProgramParams).argv == null)
  @IsText()
  @Rule('notEmpty', EMPTY_COMMAND, (value) => typeof value !== 'string' || value.trim() !== '')
  command?: string;

  /** A program and its arguments, run without a shell. */
  @IsOptional()
  @IsArgv()
  argv?: [string, ...string[]];

  /** The program, where the params are valid. */
  static of({ command, argv }: ProgramParams): { command: string } | { argv: [string, ...string[]] } {
    return argv == null ? { command: command ?? '' } : { argv };
  }
}
