/** What the cluster knows of a session. */
export interface SessionEntry {
  readonly id: string;
  /** The service that has it. */
  readonly node: string;
  /** Whether that service is alive, as far as the others can tell. */
  readonly isNodeAlive: boolean;
  /** What its service says of it: text. */
  readonly about: string;
}
