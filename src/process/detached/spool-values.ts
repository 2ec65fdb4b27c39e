import type { StreamTotals } from '../../stream/pipe-reader.js';

type Fields = Readonly<Record<string, unknown>>;

const SHA256 = /^[\da-f]{64}$/;

/** What the frame of a stream's end holds. @throws Error where it is damaged */
export function totalsFrom(data: Buffer): StreamTotals {
  const { bytes, sha256 } = fieldsOf(data);
  if (!isCount(bytes) || !(sha256 === null || (typeof sha256 === 'string' && SHA256.test(sha256)))) throw damaged();
  return { bytes, sha256 };
}

/** What the frame of too much output holds: bytes that may be, and that were. @throws Error where it is damaged */
export function excessFrom(data: Buffer): readonly [number, number] {
  const { limit, observed } = fieldsOf(data);
  if (!isCount(limit) || !isCount(observed)) throw damaged();
  return [limit, observed];
}

function fieldsOf(data: Buffer): Fields {
  const value: unknown = JSON.parse(data.toString());
  if (typeof value !== 'object' || value === null) throw damaged();
  return value as Fields;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function damaged(): Error {
  return new Error('The spool is damaged');
}
