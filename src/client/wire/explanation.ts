import { type Estimate, readEstimate } from './estimate.js';
import { Fields } from './fields.js';

/** What the service's policy says of a program. */
export interface Explanation {
  readonly allowed: boolean;
  /** The rule that refuses it. */
  readonly rule: string | null;
  readonly command: string | null;
  /** Sentences for people. */
  readonly reasons: readonly string[];
  readonly estimate: Estimate | null;
  readonly [field: string]: unknown;
}

/** @throws ClientError protocol */
export function readExplanation(value: unknown): Explanation {
  const fields = Fields.of(value, 'the result of explain');
  return {
    ...(value as object),
    allowed: fields.flag('allowed'),
    rule: fields.stringOrNull('rule'),
    command: fields.stringOrNull('command'),
    reasons: fields.list('reasons').filter((each) => typeof each === 'string'),
    estimate: fields.get('estimate') == null ? null : readEstimate(fields.get('estimate')),
  };
}
