/** What the cluster knows of an execution. */
export interface ExecutionEntry {
  readonly id: string;
  /** The service it runs on, or ran on. */
  readonly node: string;
  /** Whether that service is alive, as far as the others can tell. */
  readonly isNodeAlive: boolean;
  readonly state: 'running' | 'ended';
  /** Number of the last event in the cluster's log. */
  readonly lastSeq: number;
  /** Number of the first one there; null where there is none. */
  readonly firstSeq: number | null;
  readonly fence: number;
  /** What its service said of it when it began, parsed and nothing more. */
  readonly about: unknown;
  /** The account of its end, parsed and nothing more; null while it runs. */
  readonly account: unknown;
}
