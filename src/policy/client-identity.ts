/** Who a client is to the policy. */
export interface ClientIdentity {
  /** Name of the token it came with; null where it came with none. */
  readonly tokenName: string | null;
  /** Its IP address, as far as it is to be believed. */
  readonly address: string;
}
