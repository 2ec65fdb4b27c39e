import { Fields } from './fields.js';
import type { Gap } from './gap.js';

/** The service has given this connection the session it asked for. */
export interface Resumption {
  /** Proves the session from here on; null: the one it was asked with still does. */
  readonly resumeToken: string | null;
  /** That it has. */
  readonly executions: readonly { readonly id: string; readonly gap: Gap | null }[];
}

/** How the service calls an execution that it was asked for and does not know. */
const UNKNOWN = 'unknown';

/** The result of `resume`. @throws ClientError protocol */
export function readResumption(result: unknown): Resumption {
  const fields = Fields.of(result, 'the result of resume');
  return {
    resumeToken: fields.stringOrNull('resume_token'),
    executions: fields
      .list('executions')
      .map((each) => Fields.of(each, 'an execution of resume'))
      .filter((row) => row.stringOrNull('state') !== UNKNOWN)
      .map((row) => ({
        id: row.string('execution_id'),
        gap: row.get('gap') == null ? null : readGap(row.get('gap')),
      })),
  };
}

/** A range of `seq`. @throws ClientError protocol */
export function readGap(value: unknown): Gap {
  const fields = Fields.of(value, 'gap');
  const from = fields.count('from', 1);
  return { from, to: fields.count('to', from) };
}
