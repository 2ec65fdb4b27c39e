import { IsIn, IsInt, IsNumber, IsOptional, Max, Min, ValidateBy, ValidateIf, ValidateNested } from 'class-validator';
import { EMPTY_COMMAND } from './params.pipe.js';
import { IsArgv, IsEnvironment, IsText, IsTextMap } from './well-formed.decorator.js';

const YEAR_SECONDS = 31_536_000;

class OutputParams {
  @IsOptional()
  @IsIn(['line', 'lines', 'chunk'])
  mode?: 'line' | 'lines' | 'chunk';

  @IsOptional()
  @IsIn(['utf8', 'base64'])
  encoding?: 'utf8' | 'base64';

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_048_576)
  max_line_bytes?: number;
}

/** Params of `execute`. Times are seconds. */
export class ExecuteParams {
  static readonly nested = { output: OutputParams };

  /** A line for the configured shell. */
  @ValidateIf((params: ExecuteParams) => params.argv == null || params.command != null)
  @Rule('oneProgram', 'Give either command or argv', (_value, params) => params.argv == null)
  @IsText()
  @Rule('notEmpty', EMPTY_COMMAND, (value) => typeof value !== 'string' || value.trim() !== '')
  command?: string;

  /** A program and its arguments, run without a shell. */
  @IsOptional()
  @IsArgv()
  argv?: [string, ...string[]];

  /** 0 = none; absent = the service's default. */
  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0)
  @Max(YEAR_SECONDS)
  timeout?: number;

  /** Silence that ends the execution; 0 = none. */
  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0)
  @Max(YEAR_SECONDS)
  stall_timeout?: number;

  @IsOptional()
  @IsText()
  cwd?: string;

  /** Added to the base environment. */
  @IsOptional()
  @IsEnvironment()
  env?: Record<string, string>;

  /** true: open, fed by `input`; a string: written, then closed; else empty. */
  @IsOptional()
  @Rule(
    'isStdin',
    'must be true, false or a string',
    (value) => typeof value === 'boolean' || typeof value === 'string',
  )
  stdin?: boolean | string;

  @IsOptional()
  @ValidateNested()
  @Rule('isObject', 'must be an object', (value) => value instanceof OutputParams)
  output?: OutputParams;

  /** What becomes of processes that outlive the command's own. */
  @IsOptional()
  @IsIn(['kill', 'keep'])
  on_exit?: 'kill' | 'keep';

  @IsOptional()
  @IsIn(['cancel'])
  on_disconnect?: 'cancel';

  @IsOptional()
  @IsTextMap()
  labels?: Record<string, string>;
}

function Rule(
  name: string,
  message: string,
  holds: (value: unknown, params: ExecuteParams) => boolean,
): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value, args) => holds(value, args?.object as ExecuteParams),
      defaultMessage: () => message,
    },
  });
}
