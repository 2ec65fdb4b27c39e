import { Fields } from './fields.js';
import { type Estimate, readEstimate } from './estimate.js';

/** The answer to `execute`. Times are seconds; null = no limit. */
export interface Start {
  readonly execution_id: string;
  readonly pid: number;
  readonly timeout: number | null;
  readonly stall_timeout: number | null;
  readonly estimate: Estimate | null;
  /** The same request had been made before: this is the execution it started then. */
  readonly duplicate: boolean;
}

/** @throws ClientError protocol */
export function readStart(result: unknown): Start {
  const fields = Fields.of(result, 'the result of execute');
  return {
    execution_id: fields.string('execution_id'),
    pid: fields.number('pid'),
    timeout: fields.numberOrNull('timeout'),
    stall_timeout: fields.numberOrNull('stall_timeout'),
    estimate: fields.get('estimate') == null ? null : readEstimate(fields.get('estimate')),
    duplicate: fields.flag('duplicate'),
  };
}
