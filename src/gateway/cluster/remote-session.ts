import type { Peer } from '../../rpc/peer.js';
import type { Session } from '../../session/session.js';

/** A session of another service whose client is connected to this one. */
export interface RemoteSession {
  readonly id: string;
  /** The service that has it. */
  readonly node: string;
  /** The name of the connection between the services. */
  readonly connection: string;
  readonly peer: Peer;
  /** What stands for it here: for the calls that concern this service. */
  readonly guest: Session;
}
