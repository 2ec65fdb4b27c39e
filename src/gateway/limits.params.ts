import { IsInt, IsOptional, Max, Min } from 'class-validator';

/** What an execution may use at most: all its processes together, or each of them where it is said so. */
export class LimitsParams {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(31_536_000)
  cpu_seconds?: number;

  @IsOptional()
  @IsInt()
  @Min(16_777_216)
  @Max(Number.MAX_SAFE_INTEGER)
  memory_bytes?: number;

  /** Of both streams. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  output_bytes?: number;

  /** Of each file that is written. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  file_bytes?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(4_194_304)
  processes?: number;

  /** Of each process. */
  @IsOptional()
  @IsInt()
  @Min(16)
  @Max(1_048_576)
  open_files?: number;
}
