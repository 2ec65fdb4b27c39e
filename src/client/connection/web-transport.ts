import { ClientError } from '../client-error.js';
import type { Closing, Transport, TransportEvents } from './transport.js';

/** As much of the WHATWG WebSocket as is needed. */
export interface WebSocketLike {
  readonly readyState: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: Closing) => void): void;
}

export type WebSocketLikeClass = new (url: string, protocols?: string[]) => WebSocketLike;

const SUBPROTOCOL = 'cc-executor.v1';
const OPEN = 1;
/** A code of the client's own: it does not end the session, as 1000 would. */
const LEAVING = 4000;
const VANISHED: Closing = { code: 1006, reason: '' };

/** The platform's own WebSocket, as in browsers: it can neither be paused nor does it tell why it was refused. */
export class WebTransport implements Transport {
  readonly canPause = false;
  #isOver = false;

  private constructor(
    private readonly socket: WebSocketLike,
    private readonly events: TransportEvents,
  ) {}

  /** @throws ClientError unreachable; what the signal was aborted with */
  static open(
    WebSocket: WebSocketLikeClass,
    url: string,
    token: string | null,
    events: TransportEvents,
    signal: AbortSignal,
  ): Promise<Transport> {
    const socket = new WebSocket(url, token === null ? [] : [SUBPROTOCOL, `bearer.${token}`]);
    const transport = new WebTransport(socket, events);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason as Error);
        transport.drop();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      socket.addEventListener('open', () => {
        signal.removeEventListener('abort', onAbort);
        resolve(transport);
      });
      socket.addEventListener('message', ({ data }) => {
        if (!transport.#isOver) events.onText(String(data));
      });
      // Why it failed is not told here; 'close' follows.
      socket.addEventListener('error', () => undefined);
      socket.addEventListener('close', ({ code, reason }) => {
        signal.removeEventListener('abort', onAbort);
        reject(new ClientError({ kind: 'unreachable' }, `No connection to ${url} (${code})`));
        transport.#end({ code, reason });
      });
    });
  }

  get isOpen(): boolean {
    return !this.#isOver && this.socket.readyState === OPEN;
  }

  send(text: string): void {
    this.socket.send(text);
  }

  pause(): void {
    throw new Error('This WebSocket cannot be paused');
  }

  resume(): void {
    throw new Error('This WebSocket cannot be paused');
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  drop(): void {
    this.socket.close(LEAVING, 'Coming back');
    this.#end(VANISHED);
  }

  #end(closing: Closing): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.events.onClose(closing);
  }
}
