import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';

/** A SHA-256 of what it is given, piece by piece. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** Lower-case hex; the last call. */
  hex(): string;
}

/** The platform's own where it can be fed in pieces, which Web Crypto cannot. */
export function sha256(): Sha256 {
  const platform = (globalThis as { process?: { getBuiltinModule?: (name: 'node:crypto') => NodeCrypto } }).process;
  const native = platform?.getBuiltinModule?.('node:crypto').createHash('sha256');
  if (native !== undefined) {
    return {
      update: (bytes) => {
        native.update(bytes);
      },
      hex: () => native.digest('hex'),
    };
  }
  const portable = portableSha256.create();
  return {
    update: (bytes) => {
      portable.update(bytes);
    },
    hex: () => Array.from(portable.digest(), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  };
}

interface NodeCrypto {
  createHash(name: 'sha256'): { update(bytes: Uint8Array): unknown; digest(encoding: 'hex'): string };
}
