import type { Excess } from './limit/excess.js';

/** How an execution came to its end. */
export type EndReason =
  | 'exit'
  /** By its client's wish, as its output told of its completion. */
  | 'completion'
  | 'signal'
  | 'canceled'
  | 'timeout'
  | 'stalled'
  | 'output_limit'
  | 'resource_limit'
  | 'disconnected'
  | 'shutdown'
  | 'server_lost';

/** Why the service ends an execution. */
export interface EndCause {
  readonly reason: EndReason;
  /** A sentence for the client. */
  readonly error: string | null;
  readonly evidence: Excess | null;
}
