/** What a token lets its bearer do: everything, or list and watch only. */
export type TokenRole = 'controller' | 'observer';

/** A token the service knows, by its digest alone. */
export interface AccessToken {
  readonly name: string;
  readonly role: TokenRole;
  /** The tokens of one group share their executions. */
  readonly group: string;
  /** SHA-256 of the token's bytes. */
  readonly digest: Buffer;
}
