import { IsOptional, IsUUID } from 'class-validator';
import { IsSeconds } from './seconds.decorator.js';

/** Params of `extend`. */
export class ExtendParams {
  /** The session's running execution where it is absent. */
  @IsOptional()
  @IsUUID()
  execution_id?: string;

  /** Seconds since the start, pauses left out; 0 = none. */
  @IsSeconds()
  timeout!: number;
}
