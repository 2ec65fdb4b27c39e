/** What can go wrong beside an error that the service answers, by kind. */
export type ClientFault =
  /** The service refused the connection: status of HTTP (400, 401, 403, 404, 429, 503), or null where it closed with 1008. */
  | { readonly kind: 'refused'; readonly status: number | null; readonly retryAfterMs: number | null }
  /** No connection came about. */
  | { readonly kind: 'unreachable' }
  /** The connection ended, and was not made again: that is not wanted, or has not worked for as long as allowed. */
  | { readonly kind: 'connection-lost'; readonly code: number | null }
  /** Another connection has taken over this session. */
  | { readonly kind: 'superseded' }
  /** The service no longer knows the execution: how it ended, if it has, cannot be told. */
  | { readonly kind: 'execution-lost'; readonly executionId: string }
  /** The connection ended before the answer, and asking again could do it twice. The key is that of an `execute`. */
  | { readonly kind: 'outcome-unknown'; readonly method: string; readonly idempotencyKey: string | null }
  /** Notifications are missing and no `gap` tells of it. */
  | { readonly kind: 'sequence-gap'; readonly executionId: string; readonly expected: number; readonly seq: number }
  /** What came is not what the service says to have sent. */
  | { readonly kind: 'integrity'; readonly executionId: string }
  /** A reader asked for text that was dropped before it came, or that the service has dropped. */
  | { readonly kind: 'output-dropped'; readonly from: number; readonly to: number }
  /** The service sent what the protocol does not know. */
  | { readonly kind: 'protocol' }
  /** The request has more bytes than the service takes in one message. */
  | { readonly kind: 'too-large'; readonly bytes: number; readonly limitBytes: number }
  /** `close()` was called. */
  | { readonly kind: 'closed' };

/** A fault of the connection, of the service's account, or of the use of this library; `fault` has its details. */
export class ClientError extends Error {
  override readonly name = 'ClientError';

  constructor(
    readonly fault: ClientFault,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }

  get kind(): ClientFault['kind'] {
    return this.fault.kind;
  }

  /** Whether an error is one of this kind. */
  static is(error: unknown, kind: ClientFault['kind']): error is ClientError {
    return error instanceof ClientError && error.kind === kind;
  }
}
