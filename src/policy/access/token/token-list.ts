import { createHash, timingSafeEqual } from 'node:crypto';
import type { AccessToken } from './access-token.js';

/** Tokens to compare with. */
export class TokenList {
  constructor(private readonly tokens: readonly AccessToken[]) {}

  /**
   * The token with this text, or null. The time it takes tells nothing of the tokens: what is compared are digests,
   * with all of them, each to its end.
   *
   * @param presented each character one byte
   */
  find(presented: string): AccessToken | null {
    const digest = createHash('sha256').update(presented, 'latin1').digest();
    let found: AccessToken | null = null;
    for (const token of this.tokens) found = timingSafeEqual(token.digest, digest) ? token : found;
    return found;
  }

  /** True while there is this very token, with the same name, role and group. */
  has({ name, role, group, digest }: AccessToken): boolean {
    return this.tokens.some(
      (token) => token.name === name && token.role === role && token.group === group && token.digest.equals(digest),
    );
  }
}
