import { Fields } from './fields.js';
import type { StreamName } from './stream-name.js';

/** How an execution ended, by the names of the protocol. A command that fails is an exit like any other. */
export interface Exit {
  readonly status: 'completed' | 'failed' | 'canceled';
  readonly reason: string;
  /** Minus the signal's number where a signal ended it; null where nobody saw it. */
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly error: string | null;
  /** Seconds. */
  readonly execution_time: number;
  readonly bytes: Readonly<Record<StreamName, number>>;
  readonly sha256: Readonly<Record<StreamName, string>>;
  readonly seq_last: number;
  readonly survivors: readonly number[];
  readonly cpu_seconds: number | null;
  readonly max_rss_bytes: number | null;
  readonly evidence: unknown;
  /**
   * Whether what came is the stream, by its length and SHA-256. False where that cannot be told: a part was not seen (a
   * gap, an attach in the middle), a line was cut by `max_line_bytes`, or a byte that is no UTF-8 was replaced.
   */
  readonly verified: Readonly<Record<StreamName, boolean>>;
}

const STATUSES: readonly string[] = ['completed', 'failed', 'canceled'] satisfies Exit['status'][];

/** What `process.completed` tells. @throws ClientError protocol */
export function readExit(params: unknown): Omit<Exit, 'verified'> {
  const fields = Fields.of(params, 'process.completed');
  const status = fields.string('status');
  const bytes = fields.inner('bytes');
  const sha256 = fields.inner('sha256');
  return {
    // A status of a newer service is no success.
    status: STATUSES.includes(status) ? (status as Exit['status']) : 'failed',
    reason: fields.string('reason'),
    exit_code: fields.numberOrNull('exit_code'),
    signal: fields.stringOrNull('signal'),
    error: fields.stringOrNull('error'),
    execution_time: fields.numberOrNull('execution_time') ?? 0,
    bytes: { stdout: bytes.count('stdout'), stderr: bytes.count('stderr') },
    sha256: { stdout: sha256.string('stdout'), stderr: sha256.string('stderr') },
    seq_last: fields.count('seq_last', 1),
    survivors: fields.list('survivors').filter((pid) => typeof pid === 'number'),
    cpu_seconds: fields.numberOrNull('cpu_seconds'),
    max_rss_bytes: fields.numberOrNull('max_rss_bytes'),
    evidence: fields.get('evidence') ?? null,
  };
}
