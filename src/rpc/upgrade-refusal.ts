import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Why a connection is refused before it becomes a WebSocket. */
export interface UpgradeRefusal {
  readonly status: 400 | 401 | 403 | 404 | 429 | 500 | 503;
  readonly error: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** Answers the upgrade request with a plain HTTP response of one JSON line, and ends the connection. */
export function refuseUpgrade(socket: Duplex, refusal: UpgradeRefusal): void {
  const body = `${JSON.stringify({ error: refusal.error })}\n`;
  const headers = [
    `HTTP/1.1 ${String(refusal.status)} ${STATUS_CODES[refusal.status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    ...(refusal.status === 401 ? ['WWW-Authenticate: Bearer'] : []),
    ...(refusal.retryAfter === undefined ? [] : [`Retry-After: ${String(refusal.retryAfter)}`]),
  ];
  socket.on('error', () => socket.destroy());
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
}
