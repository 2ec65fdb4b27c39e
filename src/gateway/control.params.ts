import { constants } from 'node:os';
import { IsIn, IsOptional, IsUUID, ValidateIf } from 'class-validator';

const SIGNALS = Object.keys(constants.signals) as NodeJS.Signals[];

/** Params of `control`. */
export class ControlParams {
  @IsIn(['PAUSE', 'RESUME', 'CANCEL', 'SIGNAL'])
  type!: 'PAUSE' | 'RESUME' | 'CANCEL' | 'SIGNAL';

  /** Of type SIGNAL: its name, such as SIGUSR1. */
  @ValidateIf((params: ControlParams) => params.type === 'SIGNAL' || params.signal !== undefined)
  @IsIn(SIGNALS, { message: 'must be the name of a signal, such as SIGINT' })
  signal?: NodeJS.Signals;

  /** Default: the session's running execution. */
  @IsOptional()
  @IsUUID()
  execution_id?: string;
}
