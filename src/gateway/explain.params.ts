import { IsOptional } from 'class-validator';
import { EstimateParams } from './estimate.params.js';
import { IsEnvironment, IsText } from './well-formed.decorator.js';

/** Params of `explain`: what `execute` would be asked. */
export class ExplainParams extends EstimateParams {
  @IsOptional()
  @IsText()
  cwd?: string;

  @IsOptional()
  @IsEnvironment()
  env?: Record<string, string>;
}
