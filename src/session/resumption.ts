import type { Attachment } from './attachment.js';
import type { IssuedToken } from './resume-token.js';
import type { Session } from './session.js';

/** A session that is its client's again, on another connection. */
export interface Resumption {
  readonly session: Session;
  readonly token: IssuedToken;
  /** What its client has not got, or may not have got. */
  readonly executions: readonly Attachment[];
  /** Executions the client named that cannot be asked for any more. */
  readonly forgotten: readonly string[];
}
