import { IsIn, IsOptional, MaxLength, MinLength } from 'class-validator';
import { COMPLEXITIES, type Complexity } from '../config/complexity.js';
import type { TaskHint } from '../timeout/task.js';
import { IsText } from './well-formed.decorator.js';

/** What the client says of the task, the rest is classified. */
export class TaskParams {
  @IsOptional()
  @IsText()
  @MinLength(1)
  @MaxLength(64)
  category?: string;

  @IsOptional()
  @IsText()
  @MinLength(1)
  @MaxLength(64)
  name?: string;

  @IsOptional()
  @IsIn(COMPLEXITIES)
  complexity?: Complexity;

  @IsOptional()
  @IsText()
  @MinLength(1)
  @MaxLength(64)
  type?: string;
}

/** Only what the client said: null is as good as absent. */
export function taskHint(params: TaskParams | null | undefined): TaskHint {
  return Object.fromEntries(Object.entries(params ?? {}).filter(([, value]) => value != null));
}
