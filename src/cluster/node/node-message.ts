import { createHmac, timingSafeEqual } from 'node:crypto';

/** What one service sends another. */
export interface NodeMessage {
  /** Of the question: the answer has the same. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Milliseconds by the server's clock after which nobody waits for it any more, and it must not be acted upon. */
  readonly by: number;
  readonly kind: 'ask' | 'answer' | 'fault' | 'tell';
  /** What is asked or told; null in answers. */
  readonly topic: string | null;
  readonly body: unknown;
}

/** Most bytes of a message. */
export const MAX_MESSAGE_BYTES = 16_777_216;

const UNSIGNED = '-';
const ID = /^[0-9a-f-]{36}$/;
const TOPIC = /^[a-z-]{1,32}$/;
const KINDS: readonly unknown[] = ['ask', 'answer', 'fault', 'tell'];

/** The message as it travels: its signature (HMAC-SHA256, RFC 2104), a line feed, its JSON; null where it is too large. */
export function sealMessage(message: NodeMessage, secret: string | null): string | null {
  const text = JSON.stringify(message);
  return Buffer.byteLength(text) > MAX_MESSAGE_BYTES ? null : `${signature(text, secret)}\n${text}`;
}

/** The message, or null where it is none: whoever can reach the server may have sent it. */
export function openMessage(sealed: Buffer, secret: string | null): NodeMessage | null {
  const end = sealed.indexOf('\n');
  if (end === -1 || sealed.length > MAX_MESSAGE_BYTES + 100) return null;
  const text = sealed.toString('utf8', end + 1);
  const [given, right] = [sealed.subarray(0, end), Buffer.from(signature(text, secret))];
  if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
  const message = parsed(text);
  return isMessage(message) ? message : null;
}

function signature(text: string, secret: string | null): string {
  return secret === null ? UNSIGNED : createHmac('sha256', secret).update(text).digest('base64url');
}

function isMessage(value: unknown): value is NodeMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { id, from, to, by, kind, topic } = value as Record<keyof NodeMessage, unknown>;
  const areIds = [id, from, to].every((text) => typeof text === 'string' && ID.test(text));
  const isTopic = topic === null || (typeof topic === 'string' && TOPIC.test(topic));
  return areIds && isTopic && Number.isFinite(by) && KINDS.includes(kind);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
