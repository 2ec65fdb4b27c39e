import type { WebSocketLikeClass } from '../../../../src/client/connection/web-transport.js';

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

type Listener = (event: never) => void;

const OPEN = 1;
const CLOSED = 3;

/** The service's side of the connections of a client, in memory: the test plays it, frame by frame. */
export class ScriptedService {
  readonly connections: ScriptedConnection[] = [];
  capabilities = ['execute', 'resume', 'attach'];
  heartbeatSeconds = 30;
  /** How upgrades go: refused connections end before they are open. */
  accepts = true;
  /** Whether a connection is greeted by itself. */
  greets = true;
  #waiting: (() => void)[] = [];

  /** The class that a client connects with. */
  get WebSocket(): WebSocketLikeClass {
    const accept = (connection: ScriptedConnection): void => {
      this.#accept(connection);
    };
    return class extends ScriptedConnection {
      constructor(
        readonly url: string,
        readonly protocols: string[] = [],
      ) {
        super();
        accept(this);
      }
    };
  }

  /** The connection of that number, from 1, as soon as it is there. */
  async connection(number: number): Promise<ScriptedConnection> {
    for (;;) {
      const connection = this.connections[number - 1];
      if (connection !== undefined) return connection;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #accept(connection: ScriptedConnection): void {
    this.connections.push(connection);
    const number = this.connections.length;
    queueMicrotask(() => {
      if (!this.accepts) {
        connection.end(1006);
        return;
      }
      connection.open();
      if (this.greets) connection.notify('connected', this.greeting(number));
    });
    for (const wake of this.#waiting.splice(0)) wake();
  }

  greeting(number: number): object {
    return {
      session_id: `session-${String(number)}`,
      version: '0',
      capabilities: this.capabilities,
      heartbeat_interval: this.heartbeatSeconds,
      resume_token: `token-${String(number)}`,
      limits: { max_message_bytes: 1000, max_processes: 1, output_chunk_bytes: 65_536 },
    };
  }
}

/** One connection, seen from the service. */
export class ScriptedConnection {
  readyState = 0;
  readonly requests: Request[] = [];
  /** The code the client closed with; null while it has not. */
  closedWith: number | null = null;
  readonly #listeners = new Map<string, Listener[]>();
  #waiting: (() => void)[] = [];
  #answered = 0;

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  send(text: string): void {
    this.requests.push(JSON.parse(text) as Request);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  close(code = 1005): void {
    this.closedWith ??= code;
    this.end(code);
  }

  open(): void {
    this.readyState = OPEN;
    this.#emit('open', {});
  }

  /** The connection ends. */
  end(code: number): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.#emit('close', { code, reason: '' });
  }

  /** The next request that was not looked at. @throws where it is of another method */
  async request(method: string): Promise<Request> {
    while (this.requests.length <= this.#answered) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const request = this.requests[this.#answered++]!;
    if (request.method !== method) throw new Error(`${request.method} came, not ${method}`);
    return request;
  }

  /** Answers the next request. */
  async answer(method: string, result: object): Promise<Request> {
    const request = await this.request(method);
    this.receive({ jsonrpc: '2.0', id: request.id, result });
    return request;
  }

  async refuse(method: string, code: number, data?: object): Promise<Request> {
    const request = await this.request(method);
    this.receive({ jsonrpc: '2.0', id: request.id, error: { code, message: 'No', data } });
    return request;
  }

  notify(method: string, params: object): void {
    this.receive({ jsonrpc: '2.0', method, params });
  }

  /** The client gets this. */
  receive(frame: object | string): void {
    this.#emit('message', { data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }

  #emit(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }
}
