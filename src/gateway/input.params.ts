import { IsBoolean, IsIn, IsOptional, IsUUID, ValidateBy, ValidateIf } from 'class-validator';

/** Params of `input`. */
export class InputParams {
  @IsOptional()
  @IsUUID()
  execution_id?: string;

  @ValidateIf((params: InputParams) => params.data != null)
  @IsData()
  data?: string;

  @IsOptional()
  @IsIn(['utf8', 'base64'])
  encoding?: 'utf8' | 'base64';

  /** Close stdin after the data. */
  @IsOptional()
  @IsBoolean()
  eof?: boolean;
}

/** Base64 as RFC 4648, section 4 has it, padded. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function IsData(): PropertyDecorator {
  return ValidateBy({
    name: 'isData',
    validator: {
      validate: (value: unknown, args) =>
        typeof value === 'string' && ((args?.object as InputParams).encoding !== 'base64' || BASE64.test(value)),
      defaultMessage: () => 'must be a string, and with encoding base64 one of padded base64',
    },
  });
}
