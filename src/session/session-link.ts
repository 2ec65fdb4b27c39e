/** The connection of a session. */
export interface SessionLink {
  /** False once it is closing. */
  readonly isOpen: boolean;
  /** Another connection has taken the session over: this one ends, and nothing of the session is sent by it any more. */
  supersede(): void;
}
