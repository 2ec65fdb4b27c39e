import { IsOptional, ValidateNested } from 'class-validator';
import { EstimateParams } from './estimate.params.js';
import { LimitsParams } from './limits.params.js';
import { Rule } from './rule.decorator.js';
import { IsEnvironment, IsText } from './well-formed.decorator.js';

/** Params of `explain`: what `execute` would be asked. */
export class ExplainParams extends EstimateParams {
  static override readonly nested = { ...EstimateParams.nested, limits: LimitsParams };

  @IsOptional()
  @IsText()
  cwd?: string;

  @IsOptional()
  @IsEnvironment()
  env?: Record<string, string>;

  @IsOptional()
  @ValidateNested()
  @Rule('isObject', 'must be an object', (value) => value instanceof LimitsParams)
  limits?: LimitsParams;
}
