import type { IncomingMessage } from 'node:http';
import { headerValues } from './header-values.js';

const ORIGIN = /^([a-z][a-z\d+.-]*):\/\/([a-z\d._-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/;

/**
 * The origins of web pages that may connect. A browser lets any page open a WebSocket to any host and says so only in
 * the Origin header (RFC 6455, section 10.2).
 */
export class AllowedOrigins {
  readonly #origins = new Set<string>();

  /** @param entries `scheme://host[:port]` each; what cannot be used goes to `fault` */
  constructor(entries: readonly string[], fault: (text: string) => void) {
    for (const entry of entries) {
      const origin = canonicalOrigin(entry);
      if (origin === null) fault(`${JSON.stringify(entry)} is not scheme://host or scheme://host:port`);
      else this.#origins.add(origin);
    }
  }

  /** True where no browser sent the request, or exactly one origin and it is an allowed one: scheme, host and port. */
  allows(request: IncomingMessage): boolean {
    // Version 8 of the protocol calls it by the second name.
    const values = [...headerValues(request, 'origin'), ...headerValues(request, 'sec-websocket-origin')];
    const [value] = values;
    if (value === undefined) return true;
    const origin = canonicalOrigin(value);
    return values.length === 1 && origin !== null && this.#origins.has(origin);
  }
}

/** Lower case and without the scheme's own port; null for what is not an origin, such as `null`, or not plainly one. */
function canonicalOrigin(text: string): string | null {
  const lower = text.toLowerCase();
  const [, scheme, host] = ORIGIN.exec(lower) ?? [];
  if (scheme === undefined || !URL.canParse(lower)) return null;
  const { hostname, port } = new URL(lower);
  return hostname === host ? `${scheme}://${hostname}:${port}` : null;
}
