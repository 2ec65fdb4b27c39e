import type { SessionClient } from './session-client.js';

/** A session that another service has left. */
export interface KeptSession {
  readonly id: string;
  readonly client: SessionClient;
  /** See ResumeToken. */
  readonly digests: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const SHA256 = /^[\da-f]{64}$/;
const ROLES: readonly unknown[] = ['controller', 'observer'];

/**
 * What a file tells of a session.
 * @throws Error where it is not the whole of one: who may resume it is not guessed
 */
export function keptSessionFrom(text: string): KeptSession {
  const kept: unknown = JSON.parse(text);
  if (!isKeptSession(kept)) throw new Error('a field is not what it is to be');
  return kept;
}

function isKeptSession(value: unknown): value is KeptSession {
  if (typeof value !== 'object' || value === null) return false;
  const { id, client, digests } = value as Fields;
  return (
    matches(id, UUID) && isClient(client) && Array.isArray(digests) && digests.every((each) => matches(each, SHA256))
  );
}

function isClient(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { tokenName, group, role, address } = value as Fields;
  const areNames = [tokenName, group].every((name) => name === null || typeof name === 'string');
  return areNames && ROLES.includes(role) && typeof address === 'string';
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}
