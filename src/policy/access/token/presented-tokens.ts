import type { IncomingMessage } from 'node:http';
import { headerValues } from '../header-values.js';

const BEARER_PROTOCOL = 'bearer.';

/**
 * The tokens of a request, each character one byte as it came: by `Authorization: Bearer` (RFC 6750), or by the
 * subprotocol `bearer.<token>` for browsers, which cannot set a header.
 */
export function presentedTokens(request: IncomingMessage): string[] {
  const byHeader = headerValues(request, 'authorization').map((value) => /^bearer +(.+)$/i.exec(value)?.[1] ?? '');
  const byProtocol = headerValues(request, 'sec-websocket-protocol')
    .flatMap((value) => value.split(','))
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol.startsWith(BEARER_PROTOCOL))
    .map((protocol) => protocol.slice(BEARER_PROTOCOL.length));
  return [...byHeader, ...byProtocol].filter((token) => token !== '');
}
