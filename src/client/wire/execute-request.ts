/** What kind of work a command is, as far as the client knows. */
export interface TaskHint {
  readonly category?: string;
  readonly name?: string;
  readonly complexity?: string;
  readonly type?: string;
}

/** The program of a request: exactly one of `command` (run by the service's shell) and `argv` (run without one). */
export interface ProgramRequest {
  readonly command?: string;
  readonly argv?: readonly string[];
  readonly task?: TaskHint;
}

/** Params of `execute`, by the names of the protocol. Times are seconds, sizes bytes. */
export interface ExecuteRequest extends ProgramRequest {
  readonly timeout?: number;
  readonly stall_timeout?: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: boolean | string;
  /** `mode` is "lines" where it is not given. */
  readonly output?: {
    readonly mode?: 'line' | 'lines' | 'chunk';
    readonly encoding?: 'utf8' | 'base64';
    readonly max_line_bytes?: number;
  };
  readonly limits?: Readonly<
    Partial<Record<'cpu_seconds' | 'memory_bytes' | 'output_bytes' | 'file_bytes' | 'processes' | 'open_files', number>>
  >;
  readonly on_exit?: 'kill' | 'keep';
  readonly on_disconnect?: 'cancel' | 'keep' | 'pause';
  /** The same as `on_disconnect` "keep". */
  readonly detach?: boolean;
  readonly on_full?: 'block' | 'drop_oldest';
  /** A random one where it is not given: a lost answer is asked for again without starting anything twice. */
  readonly idempotency_key?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Params of a newer service. */
  readonly [param: string]: unknown;
}
