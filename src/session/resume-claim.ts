/** What a client shows to get its session back on another connection. */
export interface ResumeClaim {
  readonly sessionId: string;
  readonly token: string;
  /** The last event it has of each execution it knows; 0 = none. */
  readonly lastSeqs: ReadonlyMap<string, number>;
}
