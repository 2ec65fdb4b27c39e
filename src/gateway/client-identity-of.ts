import type { ClientIdentity } from '../policy/client-identity.js';
import type { Peer } from '../rpc/peer.js';

/** Who is at the other end of a connection. */
export function clientIdentityOf(peer: Peer): ClientIdentity {
  return { tokenName: null, address: peer.address };
}
