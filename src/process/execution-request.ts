import type { ResourceLimits } from '../config/resource-limits.js';
import type { OutputOptions } from '../stream/output-options.js';
import type { TaskHint } from '../timeout/task.js';
import type { StartKey } from './start-key.js';

/** The session that started an execution, the clients it is shared by (null = all), and the key it was started under. */
interface ExecutionOrigin {
  readonly sessionId: string;
  readonly group: string | null;
  readonly startKey: StartKey | null;
}

/** What a client wants to run. Times are milliseconds. */
export interface ExecutionRequest {
  /** A line for the shell, or a program and its arguments. */
  readonly program: { readonly command: string } | { readonly argv: readonly [string, ...string[]] };
  readonly cwd: string | null;
  /** Added to the base environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Added to that by the operator's hooks: the policy does not judge it. */
  readonly operatorEnvironment?: Readonly<Record<string, string>>;
  /** Null: empty; `open`: fed by `write`; a buffer: written, then closed. */
  readonly stdin: null | 'open' | Buffer;
  readonly output: OutputOptions;
  /** What the client says of the task. */
  readonly task: TaskHint;
  /** Limit of the whole execution; null = none; undefined = the operator's default, or estimated. */
  readonly timeoutMs: number | null | undefined;
  /** Silence that ends it; null = none; undefined = estimated where the limit is. */
  readonly stallTimeoutMs: number | null | undefined;
  /** What it may use at most; what is absent or null is the operator's maximum. */
  readonly limits: Partial<ResourceLimits>;
  /** What becomes of processes that outlive the command's own. */
  readonly onExit: 'kill' | 'keep';
  /** What becomes of it when its client has left. */
  readonly onDisconnect: 'cancel' | 'keep' | 'pause';
  /** What becomes of output that its client does not take, when no more can be kept. */
  readonly onFull: 'block' | 'drop_oldest';
  /** What its output tells that ends it. */
  readonly stopOn?: readonly 'completion'[];
  readonly labels: Readonly<Record<string, string>>;
  /** Whose it is, so that it is found again when it has outlived the service. */
  readonly origin?: ExecutionOrigin;
  /** The trace it is part of (W3C Trace Context), handed to the command as TRACEPARENT; null = none. */
  readonly traceparent: string | null;
}
