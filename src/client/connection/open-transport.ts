import type { OpenTransport } from './transport.js';
import { type WebSocketLikeClass, WebTransport } from './web-transport.js';
import { WsTransport } from './ws-transport.js';

/**
 * How connections are opened here: with the class that is given; in Node with the package `ws`, which can be paused; else
 * with the platform's WebSocket. The token goes into a header, or where there is none into a subprotocol; never into the URL.
 */
export function openTransport(token: string | null, given: WebSocketLikeClass | null): OpenTransport {
  return async (url, events, signal) => {
    const ws = given === null ? await importWs() : null;
    signal.throwIfAborted();
    if (ws !== null) return WsTransport.open(ws, url, token, events, signal);
    return WebTransport.open(given ?? platformWebSocket(), url, token, events, signal);
  };
}

/** The class of the package `ws`; null outside of Node, and where it is not installed. */
async function importWs(): Promise<typeof import('ws').WebSocket | null> {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  if (process?.versions?.node === undefined) return null;
  try {
    return (await import('ws')).WebSocket;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

function platformWebSocket(): WebSocketLikeClass {
  const { WebSocket } = globalThis as { WebSocket?: WebSocketLikeClass };
  if (WebSocket === undefined) throw new Error('There is no WebSocket here: install the package ws, or pass a class');
  return WebSocket;
}
