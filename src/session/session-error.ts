/** Why a session cannot be resumed. */
export const RESUME_REFUSALS = [
  /** There is no such session, or it is not this client's. */
  'unknown_session',
  'wrong_token',
  /** Its client was away for too long, or has ended it. */
  'expired',
  /** The connection that asks is the session's own. */
  'own_session',
  /** The connection that asks has executions of its own. */
  'connection_in_use',
  /** Another connection has taken the session over. */
  'superseded',
] as const;
export type ResumeRefusal = (typeof RESUME_REFUSALS)[number];

/** What a session refuses, with the details of each. */
export type SessionFault =
  | { readonly kind: 'session-limit'; readonly currentSessions: number; readonly maxSessions: number }
  | { readonly kind: 'already-running' }
  | { readonly kind: 'process-limit'; readonly limit: number }
  | { readonly kind: 'resume-rejected'; readonly reason: ResumeRefusal }
  /** The client names an event that has not happened. */
  | { readonly kind: 'seq-ahead'; readonly executionId: string; readonly lastSeq: number }
  | { readonly kind: 'idempotency-conflict'; readonly executionId: string }
  | { readonly kind: 'shutting-down'; readonly retryAfterMs: number };

/** A fault of the session room. */
export class SessionError extends Error {
  constructor(readonly fault: SessionFault) {
    super(fault.kind);
    this.name = 'SessionError';
  }
}
