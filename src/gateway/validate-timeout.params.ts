import { EstimateParams } from './estimate.params.js';
import { IsSeconds } from './seconds.decorator.js';

/** Params of `validate_timeout`. */
export class ValidateTimeoutParams extends EstimateParams {
  /** Seconds; 0 = none. */
  @IsSeconds()
  timeout!: number;
}
