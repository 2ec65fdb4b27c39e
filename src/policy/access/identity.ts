import type { ClientIdentity } from '../client-identity.js';
import type { TokenRole } from './token/access-token.js';

/** Who a connection belongs to. */
export interface Identity extends ClientIdentity {
  readonly role: TokenRole;
  /** Clients of one group share their executions; null = all do, as no token is asked for. */
  readonly group: string | null;
}
