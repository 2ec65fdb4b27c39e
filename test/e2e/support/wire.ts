/** The shapes of section 1 to 5 of the protocol, as a client reads them. */
export type Id = string | number | null;

export interface ErrorBody {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface Frame {
  readonly jsonrpc?: string;
  readonly id?: Id;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: ErrorBody;
}

/** A notification of one execution. */
export interface EventFrame extends Frame {
  readonly method: string;
  readonly params: EventParams;
}

interface EventParams extends Readonly<Record<string, unknown>> {
  readonly execution_id: string;
  readonly seq: number;
}

export type StreamName = 'stdout' | 'stderr';

export interface Output extends EventParams {
  readonly type: StreamName;
  readonly data: string;
  readonly truncated: boolean;
  readonly chunk_index: number | null;
  readonly total_chunks: number | null;
  readonly offset: number;
}

export interface Completed extends EventParams {
  readonly status: 'completed' | 'failed' | 'canceled';
  readonly pid: number;
  readonly pgid: number;
  readonly exit_code: number;
  readonly signal: string | null;
  readonly error: string | null;
  readonly reason: string;
  readonly execution_time: number;
  readonly seq_last: number;
  readonly bytes: Readonly<Record<StreamName, number>>;
  readonly sha256: Readonly<Record<StreamName, string>>;
  readonly survivors?: readonly number[];
}

export interface Started {
  readonly status: string;
  readonly pid: number;
  readonly pgid: number;
  readonly execution_id: string;
  readonly timeout: number | null;
  readonly stall_timeout: number | null;
  readonly estimate: unknown;
}

export interface Connected {
  readonly session_id: string;
  readonly version: string;
  readonly capabilities: readonly string[];
  readonly heartbeat_interval: number;
  readonly resume_token: string;
  readonly limits: Readonly<Record<'max_message_bytes' | 'max_processes' | 'output_chunk_bytes', number>>;
}

/** One row of `list` and `status`. */
export interface Row extends Readonly<Record<string, unknown>> {
  readonly execution_id: string;
  readonly command: string;
  readonly pid: number;
  readonly pgid: number;
  readonly state: string;
  readonly started_at: number;
  readonly elapsed: number;
  readonly bytes: Readonly<Record<StreamName, number>>;
  readonly timeout: number | null;
  readonly labels: unknown;
}

export type Params = Readonly<Record<string, unknown>>;

export function isEvent(frame: Frame): frame is EventFrame {
  return frame.method !== undefined && typeof frame.params?.execution_id === 'string';
}

export function isAnswer(frame: Frame): boolean {
  return frame.method === undefined && ('result' in frame || 'error' in frame);
}
