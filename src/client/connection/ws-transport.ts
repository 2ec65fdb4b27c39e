import type { IncomingMessage } from 'node:http';
import type { ClientOptions, WebSocket } from 'ws';
import { ClientError } from '../client-error.js';
import type { Closing, Transport, TransportEvents } from './transport.js';

type WebSocketClass = new (url: string, options: ClientOptions) => WebSocket;

/** Most of a refusal's body that is read, in characters. */
const MAX_REFUSAL = 1024;
const VANISHED: Closing = { code: 1006, reason: '' };

/** A WebSocket of the package `ws`, for Node: it can be paused, and sees the pings of the other side. */
export class WsTransport implements Transport {
  readonly canPause = true;
  #isOver = false;

  private constructor(
    private readonly socket: WebSocket,
    private readonly events: TransportEvents,
  ) {
    socket.on('message', (data: Buffer) => {
      if (!this.#isOver) events.onText(data.toString());
    });
    socket.on('ping', () => {
      if (!this.#isOver) events.onAlive();
    });
    socket.on('close', (code, reason) => {
      this.#end({ code, reason: reason.toString() });
    });
  }

  /** @throws ClientError refused, unreachable; what the signal was aborted with */
  static open(
    WebSocket: WebSocketClass,
    url: string,
    token: string | null,
    events: TransportEvents,
    signal: AbortSignal,
  ): Promise<Transport> {
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      ...(token === null ? {} : { headers: { Authorization: `Bearer ${token}` } }),
    });
    const transport = new WsTransport(socket, events);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason as Error);
        transport.drop();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      socket.once('open', () => {
        signal.removeEventListener('abort', onAbort);
        resolve(transport);
      });
      socket.on('unexpected-response', (_request, response) => {
        void readRefusal(response).then((refusal) => {
          reject(refusal);
          transport.drop();
        });
      });
      socket.on('error', (cause) => {
        signal.removeEventListener('abort', onAbort);
        reject(new ClientError({ kind: 'unreachable' }, `No connection to ${url}: ${cause.message}`, { cause }));
      });
    });
  }

  get isOpen(): boolean {
    return !this.#isOver && this.socket.readyState === 1;
  }

  send(text: string): void {
    this.socket.send(text);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(code: number, reason: string): void {
    this.socket.resume();
    this.socket.close(code, reason);
  }

  drop(): void {
    this.socket.terminate();
    this.#end(VANISHED);
  }

  #end(closing: Closing): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.events.onClose(closing);
  }
}

/** The upgrade was answered with a plain status and one line of JSON. */
async function readRefusal(response: IncomingMessage): Promise<ClientError> {
  let body = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) if ((body += String(chunk)).length > MAX_REFUSAL) break;
  } catch {
    // What came of it has to do.
  }
  const status = response.statusCode ?? 0;
  const seconds = Number(response.headers['retry-after']);
  return new ClientError(
    { kind: 'refused', status, retryAfterMs: seconds > 0 ? seconds * 1000 : null },
    `The service refused the connection with ${String(status)}${said(body)}`,
  );
}

function said(body: string): string {
  const error = /"error":\s*"([^"]*)"/.exec(body)?.[1];
  return error === undefined ? '' : `: ${error}`;
}
