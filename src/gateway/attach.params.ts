import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';

/** Params of `attach`. */
export class AttachParams {
  @IsUUID()
  execution_id!: string;

  /** Number of the last event that is not asked for; 0, and absent: none is left out. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  after_seq?: number;
}
