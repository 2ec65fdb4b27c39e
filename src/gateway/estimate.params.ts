import { IsOptional, ValidateNested } from 'class-validator';
import { ProgramParams } from './program.params.js';
import { Rule } from './rule.decorator.js';
import { TaskParams } from './task.params.js';

/** Params of `estimate`: what `execute` would be asked. */
export class EstimateParams extends ProgramParams {
  static readonly nested = { task: TaskParams };

  @IsOptional()
  @ValidateNested()
  @Rule('isObject', 'must be an object', (value) => value instanceof TaskParams)
  task?: TaskParams;
}
