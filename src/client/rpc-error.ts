type Reader<T> = (data: unknown) => T | null;

/** Each error the service answers with: its code, and what its data have to be. */
const TABLE = {
  'parse-error': { code: -32700, read: nothing },
  'invalid-request': { code: -32600, read: nothing },
  'method-not-found': { code: -32601, read: fields({ method: 'string' }) },
  'invalid-params': { code: -32602, read: paramFaults },
  internal: { code: -32603, read: fields({ correlation_id: 'string' }) },
  'session-limit': { code: -32001, read: fields({ current_sessions: 'number', max_sessions: 'number' }) },
  'not-allowed': { code: -32002, read: fields({ command: 'string', rule: 'string' }) },
  'not-running': { code: -32003, read: fields({ execution_id: 'string?', pid: 'number?', pgid: 'number?' }) },
  'stream-timeout': { code: -32004, read: fields({ kind: 'string', duration: 'number' }) },
  'rate-limit': { code: -32005, read: fields({ retry_after: 'number' }) },
  'resume-rejected': { code: -32006, read: fields({ reason: 'string' }) },
  'shutting-down': { code: -32007, read: fields({ retry_after: 'number' }) },
  'resource-limit': { code: -32008, read: fields({ resource: 'string', limit: 'number?', retryable: 'boolean' }) },
  'idempotency-conflict': { code: -32009, read: fields({ execution_id: 'string' }) },
  /** A code that this version does not know. */
  other: { code: null, read: nothing },
} as const;

export type RpcErrorKind = keyof typeof TABLE;
export type RpcErrorData<K extends RpcErrorKind> = NonNullable<ReturnType<(typeof TABLE)[K]['read']>>;

/**
 * The service answered a request with an error. `data` is null where it has none, or none of the shape that its kind has;
 * `rawData` is what came.
 */
export class RpcError<K extends RpcErrorKind = RpcErrorKind> extends Error {
  override readonly name = 'RpcError';
  readonly data: RpcErrorData<K> | null;

  private constructor(
    readonly kind: K,
    readonly code: number,
    message: string,
    readonly rawData: unknown,
  ) {
    super(message);
    this.data = TABLE[kind].read(rawData) as RpcErrorData<K> | null;
  }

  static of(code: number, message: string, data: unknown): RpcError {
    const kind = (Object.keys(TABLE) as RpcErrorKind[]).find((each) => TABLE[each].code === code);
    return new RpcError(kind ?? 'other', code, message, data);
  }

  /** Whether an error is one of this kind; its `data` then have that kind's type. */
  static is<K extends RpcErrorKind>(error: unknown, kind: K): error is RpcError<K> {
    return error instanceof RpcError && error.kind === kind;
  }
}

interface FieldTypes {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
  readonly 'string?': string | null;
  readonly 'number?': number | null;
}

function fields<const S extends Readonly<Record<string, keyof FieldTypes>>>(
  shape: S,
): Reader<{ readonly [Name in keyof S]: FieldTypes[S[Name]] }> {
  return (data) => {
    if (typeof data !== 'object' || data === null) return null;
    const found = data as Readonly<Record<string, unknown>>;
    const fits = Object.entries(shape).every(([name, type]) => {
      const value = found[name] ?? null;
      return value === null ? type.endsWith('?') : typeof value === type.replace('?', '');
    });
    return fits ? (found as { readonly [Name in keyof S]: FieldTypes[S[Name]] }) : null;
  };
}

interface ParamFaults {
  readonly errors: readonly { readonly field: string; readonly message: string }[];
}

function paramFaults(data: unknown): string | ParamFaults | null {
  if (typeof data === 'string') return data;
  const faults = fields({ field: 'string', message: 'string' });
  const errors: unknown = typeof data === 'object' && data !== null && 'errors' in data ? data.errors : null;
  return Array.isArray(errors) && errors.every((each) => faults(each) !== null) ? (data as ParamFaults) : null;
}

function nothing(): unknown {
  return null;
}
