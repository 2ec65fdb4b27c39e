import { IsBoolean, IsIn, IsOptional, IsString, IsUUID } from 'class-validator';

/** Params of `input`. */
export class InputParams {
  @IsOptional()
  @IsUUID()
  execution_id?: string;

  @IsOptional()
  @IsString()
  data?: string;

  @IsOptional()
  @IsIn(['utf8', 'base64'])
  encoding?: 'utf8' | 'base64';

  /** Close stdin after the data. */
  @IsOptional()
  @IsBoolean()
  eof?: boolean;
}
