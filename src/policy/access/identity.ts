import type { TokenRole } from './token/access-token.js';

/** Who a connection belongs to. */
export interface Identity {
  /** Name of the token that was presented; null = none is asked for. */
  readonly tokenName: string | null;
  readonly role: TokenRole;
  /** The client's IP address. */
  readonly address: string;
}
