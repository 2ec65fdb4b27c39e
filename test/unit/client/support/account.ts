import { createHash } from 'node:crypto';

export const EXECUTION_ID = 'execution-1';

interface Notification {
  readonly method: string;
  readonly params: { readonly seq: number } & Readonly<Record<string, unknown>>;
}

/** The answer to an `execute`. */
export const START = {
  status: 'started',
  pid: 7,
  pgid: 7,
  execution_id: EXECUTION_ID,
  timeout: 5,
  stall_timeout: null,
  estimate: null,
};

/** All notifications of an execution that prints these pieces to stdout and exits with 0. */
export function account(pieces: readonly (string | Buffer)[], encoding: 'utf8' | 'base64' = 'utf8'): Notification[] {
  const common = { execution_id: EXECUTION_ID };
  const digest = createHash('sha256');
  let offset = 0;
  const output = pieces.map((piece, index): Notification => {
    const bytes = Buffer.from(piece);
    const params = {
      ...common,
      seq: index + 2,
      type: 'stdout',
      data: bytes.toString(encoding),
      offset,
      truncated: false,
      chunk_index: null,
      total_chunks: null,
    };
    digest.update(bytes);
    offset += bytes.length;
    return { method: 'process.output', params };
  });
  const last = pieces.length + 2;
  const empty = createHash('sha256').digest('hex');
  return [
    { method: 'process.started', params: { ...common, seq: 1, pid: 7, started_at: 1 } },
    ...output,
    {
      method: 'process.completed',
      params: {
        ...common,
        seq: last,
        seq_last: last,
        status: 'completed',
        reason: 'exit',
        exit_code: 0,
        signal: null,
        error: null,
        execution_time: 1,
        bytes: { stdout: offset, stderr: 0 },
        sha256: { stdout: digest.digest('hex'), stderr: empty },
      },
    },
  ];
}
