import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const TOKEN_BYTES = 16;

/** A token that was issued, and what tells that the client has it. */
export interface IssuedToken {
  readonly text: string;
  prove(): void;
}

/**
 * What proves, on another connection, to be a session's client: 128 random bits, kept as a digest and exchanged with each
 * use. The token that was used stays good until its client is known to have the new one, as the answer that brings it may
 * get lost.
 */
export class ResumeToken {
  #current: Buffer = randomBytes(32);
  #used: Buffer | null = null;
  #proof: Promise<void> = Promise.resolve();
  #prove: () => void = () => undefined;

  /** The one whose digests these are, in hex: of the token that was issued last, and of the one before if it is good. */
  static ofDigests([current, used]: readonly string[]): ResumeToken {
    const token = new ResumeToken();
    if (current !== undefined) token.#current = Buffer.from(current, 'hex');
    if (used !== undefined) token.#used = Buffer.from(used, 'hex');
    return token;
  }

  get digests(): string[] {
    return [this.#current, this.#used].flatMap((digest) => digest?.toString('hex') ?? []);
  }

  /** Settles when the client is known to have the token that was issued last. */
  get proof(): Promise<void> {
    return this.#proof;
  }

  /** @returns which token it is: the one issued last, or the one that was used to get it; null where it is none of them */
  match(token: string): 'current' | 'used' | null {
    const digest = digestOf(token);
    const isCurrent = timingSafeEqual(digest, this.#current);
    const isUsed = timingSafeEqual(digest, this.#used ?? randomBytes(32));
    return isCurrent ? 'current' : isUsed ? 'used' : null;
  }

  /** @param used the token it is exchanged for; null for the first one */
  issue(used: string | null): IssuedToken {
    const text = randomBytes(TOKEN_BYTES).toString('base64url');
    const current = digestOf(text);
    this.#current = current;
    this.#used = used === null ? null : digestOf(used);
    this.#proof = new Promise((resolve) => {
      this.#prove = resolve;
    });
    return {
      text,
      prove: () => {
        if (this.#current !== current) return;
        this.#used = null;
        this.#prove();
      },
    };
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
