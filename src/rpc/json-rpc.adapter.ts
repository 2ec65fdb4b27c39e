import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { MessageMappingProperties } from '@nestjs/websockets';
import { type WebSocket, WebSocketServer } from 'ws';
import type { AppConfig } from '../config/app-config.js';
import type { CallAttendant } from './call-attendant.js';
import { Dispatcher } from './dispatcher.js';
import type { Identity } from './identity.js';
import { KeepAlive } from './keep-alive.js';
import { Peer } from './peer.js';
import { refuseUpgrade, type UpgradeRefusal } from './upgrade-refusal.js';

/** Most fragments a message may come in. */
const MAX_FRAGMENTS = 1024;

/** The one subprotocol there is; whatever else a client offers, its token above all, is not repeated. */
const SUBPROTOCOL = 'cc-executor.v1';

/** Decides whether a connection may become a WebSocket, and whose it is. */
export type Doorkeeper = (
  request: IncomingMessage,
) => Promise<{ readonly identity: Identity } | { readonly refusal: UpgradeRefusal }>;

/**
 * JSON-RPC 2.0 over `ws` for Nest's gateways: a gateway's `client` is a `Peer`, its messages are the JSON-RPC methods,
 * and its handlers get a `Call`.
 */
export class JsonRpcAdapter extends WsAdapter {
  readonly #http: Server;
  readonly #logger = new Logger('Connection');
  readonly #keepAlive: KeepAlive;
  readonly #peers = new Set<Peer>();
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    void this.#upgrade(request, socket, head);
  };
  #server: WebSocketServer | null = null;
  #welcome: (peer: Peer) => void = () => undefined;

  constructor(
    http: Server,
    private readonly config: AppConfig['server'],
    private readonly doorkeeper: Doorkeeper,
    private readonly attendant?: CallAttendant,
  ) {
    super(http);
    this.#http = http;
    this.#keepAlive = new KeepAlive(config.pingIntervalMs, config.pingTimeoutMs);
  }

  override create(): WebSocketServer {
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: this.config.maxFrameBytes,
      maxFragments: MAX_FRAGMENTS,
      handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
    });
    this.#http.on('upgrade', this.#onUpgrade);
    return this.#server;
  }

  override bindClientConnect(_server: WebSocketServer, welcome: (peer: Peer) => void): void {
    this.#welcome = welcome;
  }

  override bindClientDisconnect(client: unknown, callback: () => void): void {
    const peer = client as Peer;
    peer.onClose = () => {
      this.#keepAlive.remove(peer);
      this.#peers.delete(peer);
      callback();
    };
  }

  override bindMessageHandlers(client: unknown, handlers: MessageMappingProperties[]): void {
    const peer = client as Peer;
    const dispatcher = new Dispatcher(
      peer,
      new Map(handlers.map((handler) => [handler.message as string, handler.callback])),
      this.attendant,
    );
    peer.onText = (text) => {
      dispatcher.take(text);
    };
  }

  /** Closes the connections that match with 1008 (RFC 6455, section 7.4.1): nothing of theirs is heard any more. */
  closeWhere(matches: (identity: Identity) => boolean, reason: string): void {
    for (const peer of this.#peers) if (matches(peer.identity)) peer.close(1008, reason);
  }

  /** Says goodbye to every connection: closed with 1001 once what was sent has left. */
  override async close(): Promise<void> {
    this.#keepAlive.stop();
    const gone = [...this.#peers].map((peer) => peer.goodbye());
    await Promise.all(gone);
  }

  override dispose(): Promise<void> {
    this.#http.off('upgrade', this.#onUpgrade);
    return Promise.resolve();
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until `ws` takes over, an error of the connection is nobody's but its own.
    const onError = (): void => {
      socket.destroy();
    };
    socket.on('error', onError);
    const decision = await this.#decide(request);
    if (socket.destroyed) return;
    if ('refusal' in decision) {
      refuseUpgrade(socket, decision.refusal);
      return;
    }
    this.#server?.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      socket.off('error', onError);
      const peer = new Peer(webSocket, socket, decision.identity);
      this.#peers.add(peer);
      this.#keepAlive.add(peer);
      this.#welcome(peer);
    });
  }

  async #decide(request: IncomingMessage): ReturnType<Doorkeeper> {
    if (request.url?.split('?', 1)[0] !== this.config.path) return { refusal: { status: 404, error: 'Not found' } };
    try {
      return await this.doorkeeper(request);
    } catch (error) {
      this.#logger.error(
        `An upgrade cannot be decided on: ${String(error)}`,
        error instanceof Error ? error.stack : '',
      );
      return { refusal: { status: 500, error: 'Internal error' } };
    }
  }
}
