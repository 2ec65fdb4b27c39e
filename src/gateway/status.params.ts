import { IsUUID } from 'class-validator';

/** Params of `status`. */
export class StatusParams {
  @IsUUID()
  execution_id!: string;
}
