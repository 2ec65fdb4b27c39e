import type { IncomingMessage } from 'node:http';

export type Header = readonly [name: string, value: string];

/** A request as the HTTP server hands it over, as far as the doorkeeper looks at it. */
export function request(
  headers: readonly Header[],
  { url = '/ws/mcp', remoteAddress = '127.0.0.1', localAddress = '127.0.0.1' } = {},
): IncomingMessage {
  return { url, rawHeaders: headers.flat(), socket: { remoteAddress, localAddress } } as unknown as IncomingMessage;
}

/** Collects what a list finds wrong with its entries. */
export function faults(): { readonly texts: string[]; readonly add: (text: string) => void } {
  const texts: string[] = [];
  return { texts, add: (text) => texts.push(text) };
}
