import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { EstimateParams } from './estimate.params.js';
import { LimitsParams } from './limits.params.js';
import { Rule } from './rule.decorator.js';
import { IsSeconds } from './seconds.decorator.js';
import { IsEnvironment, IsText, IsTextMap } from './well-formed.decorator.js';

/**
 * W3C Trace Context, section 3.2: version, trace id, parent id, flags, in lower-case hex; neither id is zero. A later
 * version may have more behind them.
 */
const TRACEPARENT =
  /^(?:00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}|(?!00|ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[!-~]{0,200})?)$/;

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
export class ExecuteParams extends EstimateParams {
  static override readonly nested = { ...EstimateParams.nested, output: OutputParams, limits: LimitsParams };

  /** 0 = none; absent = estimated, or the operator's default. */
  @IsOptional()
  @IsSeconds()
  timeout?: number;

  /** Silence that ends the execution; 0 = none; absent = estimated where the time limit is. */
  @IsOptional()
  @IsSeconds()
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

  @IsOptional()
  @ValidateNested()
  @Rule('isObject', 'must be an object', (value) => value instanceof LimitsParams)
  limits?: LimitsParams;

  /** What becomes of processes that outlive the command's own. */
  @IsOptional()
  @IsIn(['kill', 'keep'])
  on_exit?: 'kill' | 'keep';

  /** What becomes of it when the client has left for good. */
  @IsOptional()
  @IsIn(['cancel', 'keep', 'pause'])
  on_disconnect?: 'cancel' | 'keep' | 'pause';

  /** true: `on_disconnect` is "keep". */
  @IsOptional()
  @Rule('isDetach', 'must be true or false, and not contradict on_disconnect', (value, params) => {
    const { on_disconnect: onDisconnect } = params as ExecuteParams;
    return typeof value === 'boolean' && (!value || (onDisconnect ?? 'keep') === 'keep');
  })
  detach?: boolean;

  /** What becomes of output that the client does not take, when no more can be kept. */
  @IsOptional()
  @IsIn(['block', 'drop_oldest'])
  on_full?: 'block' | 'drop_oldest';

  /** Starts at most one execution for all requests of a client that have it. */
  @IsOptional()
  @IsText()
  @Length(1, 128)
  idempotency_key?: string;

  /** What the output tells that ends the execution. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1)
  @IsIn(['completion'], { each: true, message: 'must hold "completion"' })
  stop_on?: ['completion'];

  @IsOptional()
  @IsTextMap()
  labels?: Record<string, string>;

  /** The trace that the execution is part of; the command finds it in TRACEPARENT. */
  @IsOptional()
  @Matches(TRACEPARENT, { message: 'must be a traceparent of W3C Trace Context' })
  traceparent?: string;
}
