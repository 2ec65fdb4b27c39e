/** What a session refuses, with the details of each. */
export type SessionFault =
  | { readonly kind: 'session-limit'; readonly currentSessions: number; readonly maxSessions: number }
  | { readonly kind: 'already-running' }
  | { readonly kind: 'process-limit'; readonly limit: number }
  | { readonly kind: 'shutting-down'; readonly retryAfterMs: number };

/** A fault of the session room. */
export class SessionError extends Error {
  constructor(readonly fault: SessionFault) {
    super(fault.kind);
    this.name = 'SessionError';
  }
}
