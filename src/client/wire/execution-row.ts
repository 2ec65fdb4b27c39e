import { Fields } from './fields.js';
import type { StreamName } from './stream-name.js';

/** An execution as `list` and `status` show it. After the end it has the fields of the exit too. */
export interface ExecutionRow {
  readonly execution_id: string;
  readonly command: string;
  readonly pid: number;
  readonly state: string;
  /** Seconds since the epoch. */
  readonly started_at: number;
  /** Seconds. */
  readonly elapsed: number;
  readonly bytes: Readonly<Record<StreamName, number>>;
  readonly timeout: number | null;
  readonly [field: string]: unknown;
}

/** @throws ClientError protocol */
export function readExecutionRow(value: unknown): ExecutionRow {
  const fields = Fields.of(value, 'an execution');
  const bytes = fields.inner('bytes');
  return {
    ...(value as object),
    execution_id: fields.string('execution_id'),
    command: fields.string('command'),
    pid: fields.number('pid'),
    state: fields.string('state'),
    started_at: fields.number('started_at'),
    elapsed: fields.number('elapsed'),
    bytes: { stdout: bytes.count('stdout'), stderr: bytes.count('stderr') },
    timeout: fields.numberOrNull('timeout'),
  };
}
