import { Fields } from './fields.js';

/** What a command is expected to take. Times are seconds; more fields are those of the protocol. */
export interface Estimate {
  readonly expected_time: number;
  readonly max_time: number;
  readonly stall_timeout: number;
  readonly based_on: string;
  readonly samples: number;
  readonly quantile: number | null;
  readonly confidence: number;
  readonly [field: string]: unknown;
}

/** @throws ClientError protocol */
export function readEstimate(value: unknown): Estimate {
  const fields = Fields.of(value, 'an estimate');
  return {
    ...(value as object),
    expected_time: fields.number('expected_time'),
    max_time: fields.number('max_time'),
    stall_timeout: fields.number('stall_timeout'),
    based_on: fields.string('based_on'),
    samples: fields.number('samples'),
    quantile: fields.numberOrNull('quantile'),
    confidence: fields.number('confidence'),
  };
}
