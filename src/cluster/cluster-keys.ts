const PREFIX = 'cc_executor:cluster';

/** Under which names the cluster keeps what it keeps. All of them expire. */
export const CLUSTER_KEYS = {
  /** Sorted set of the services by the time to which they are known to live, by the server's clock. */
  nodes: `${PREFIX}:nodes`,
  /** There while the service lives. */
  node: (id: string): string => `${PREFIX}:node:${id}`,
  /** Stream whose growth ends the blocking read of a service. */
  wake: (id: string): string => `${PREFIX}:wake:${id}`,
  /** Channel of the messages to a service. */
  inbox: (id: string): string => `${PREFIX}:to:${id}`,
  /** Hash: whose the session is, and what its service says of it. */
  session: (id: string): string => `${PREFIX}:session:${id}`,
  /** Hash: which service starts, or has started, something under a key of a client's. */
  start: (digest: string): string => `${PREFIX}:start:${digest}`,
  /** Hash: whose the execution is, and what is known of it. */
  execution: (id: string): string => `${PREFIX}:execution:${id}`,
  /** Stream of its events. */
  log: (id: string): string => `${PREFIX}:execution:${id}:log`,
} as const;
