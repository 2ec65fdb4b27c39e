/** Who a connection belongs to, as the doorkeeper found. */
export interface Identity {
  /** Name of the token that was presented; null = none is asked for. */
  readonly tokenName: string | null;
  /** An observer may look on, a controller do everything. */
  readonly role: 'controller' | 'observer';
  /** Clients of one group share what they start; null = all do. */
  readonly group: string | null;
  /** The client's IP address. */
  readonly address: string;
}
