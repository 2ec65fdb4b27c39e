import type { ClientIdentity } from '../client-identity.js';
import type { TokenRole } from './token/access-token.js';

/** Who a connection belongs to. */
export interface Identity extends ClientIdentity {
  readonly role: TokenRole;
}
