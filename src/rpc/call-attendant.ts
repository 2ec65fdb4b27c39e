import type { Call } from './call.js';
import type { Peer } from './peer.js';
import type { RpcError } from './rpc-error.js';

/** Stands beside the calls of all connections: may refuse them, and sees what came of each. Its methods do not throw. */
export interface CallAttendant {
  /**
   * Asked first for each request.
   * @returns null where it may begin in this turn of the event loop, else what it waits for; a promise never rejects
   */
  turn(method: string): Promise<void> | null;
  /**
   * Asked for each request before anything else is done about it, and for each frame that holds none.
   * @returns what it is answered with instead, or null; a promise never rejects
   */
  refusal(peer: Peer): RpcError | null | Promise<RpcError | null>;
  /** Told when a call is done, right before its answer. */
  finished(peer: Peer, call: Call): void;
}
