import type { IncomingMessage } from 'node:http';

/**
 * True where a connection is not a foreign web page's: it carries no Origin (no browser sent it), or exactly one of the
 * allowed ones. A browser lets any page open a WebSocket to any host and says so only in this header (RFC 6455, 10.2).
 */
export function isOriginAllowed(request: IncomingMessage, allowedOrigins: readonly string[]): boolean {
  const { origin } = request.headers;
  return origin === undefined || allowedOrigins.includes(origin);
}
