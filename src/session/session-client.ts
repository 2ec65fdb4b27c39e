/** Whose a session is. */
export interface SessionClient {
  /** Name of the token it came with: only the same may resume its sessions. Null = no token is asked for. */
  readonly tokenName: string | null;
  /** Clients of one group share their executions; null = all do. */
  readonly group: string | null;
  /** Observers start nothing. */
  readonly role: 'controller' | 'observer';
  readonly address: string;
}
