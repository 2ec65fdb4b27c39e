import type { Peer } from '../../rpc/peer.js';
import type { Session } from '../../session/session.js';

/** A client's connection, by way of this service, to another. */
export interface RemoteHolder {
  readonly node: string;
  /** Its name between the services. */
  readonly connection: string;
}

/** A session of another service whose client is connected to this one. */
export interface RemoteSession extends RemoteHolder {
  readonly id: string;
  readonly peer: Peer;
  /** What stands for it here: for the calls that concern this service. */
  readonly guest: Session;
}
