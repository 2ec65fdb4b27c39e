import { WebSocket } from 'ws';
import { BOUND_MS, within } from './eventually.js';
import { Execution } from './execution.js';
import {
  type Completed,
  type Connected,
  type ErrorBody,
  type EventFrame,
  type Frame,
  type Id,
  type Params,
  type Started,
  isAnswer,
  isEvent,
} from './wire.js';

export type Received = Frame | readonly Frame[];

export interface Closing {
  readonly code: number;
  readonly reason: string;
}

export interface ConnectOptions {
  readonly origin?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The address to come from: any of 127.0.0.0/8. */
  readonly localAddress?: string;
  /** False: never answers a protocol ping. */
  readonly autoPong?: boolean;
}

/** The answer to a request was an error. */
class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(readonly body: ErrorBody) {
    super(body.message);
    this.code = body.code;
    this.data = body.data;
  }
}

/** The upgrade was answered with a plain HTTP status. */
export interface Refusal {
  readonly status: number;
  readonly contentType: string;
  /** Seconds; null = not told. */
  readonly retryAfter: string | null;
  readonly body: string;
}

interface Finished {
  readonly execution: Execution;
  readonly completed: Completed;
  readonly stdout: string;
  readonly stderr: string;
}

const open = new Set<Client>();

/** Cuts every connection a test has left open. */
export function disconnectAll(): void {
  for (const client of open) client.socket.terminate();
  open.clear();
}

/** Tries to connect where the service is to refuse. */
export async function refusal(url: string, options: ConnectOptions = {}): Promise<Refusal> {
  const socket = new WebSocket(url, options);
  const answer = new Promise<Refusal>((resolve, reject) => {
    socket.once('open', () => {
      socket.terminate();
      reject(new Error('The service accepted the connection'));
    });
    socket.once('error', reject);
    socket.once('unexpected-response', (_, response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.once('end', () => {
        const { 'content-type': contentType = '', 'retry-after': retryAfter = null } = response.headers;
        resolve({ status: response.statusCode ?? 0, contentType, retryAfter, body });
      });
    });
  });
  return within(answer, 'the refusal');
}

/** A plain WebSocket client that keeps every frame in the order of arrival. */
export class Client {
  /** Answers and notifications; a batch answer is one entry. */
  readonly received: Received[] = [];
  readonly closed: Promise<Closing>;
  private readonly events = new Map<string, EventFrame[]>();
  private readonly watchers = new Set<(frame: Received) => void>();
  private nextId = 1;

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        open.delete(this);
        resolve({ code, reason: reason.toString() });
      });
    });
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      this.receive(JSON.parse(data.toString()) as Received);
    });
    open.add(this);
  }

  /** Resolves when the service has said `connected`. */
  static async connect(url: string, options: ConnectOptions = {}): Promise<Client> {
    const client = await Client.dial(url, options);
    await client.notification('connected');
    return client;
  }

  /** Resolves when the upgrade is done. */
  static async dial(url: string, options: ConnectOptions = {}): Promise<Client> {
    const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    const client = new Client(socket);
    const opened = new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    await within(opened, `a connection to ${url}`);
    return client;
  }

  /** What is not part of a batch answer, in the order of arrival. */
  get frames(): Frame[] {
    return this.received.filter((entry) => !Array.isArray(entry)) as Frame[];
  }

  get greeting(): Connected {
    return this.frames[0]?.params as unknown as Connected;
  }

  eventsOf(executionId: string): readonly EventFrame[] {
    return this.events.get(executionId) ?? [];
  }

  /** Sends text as it is, or bytes as a text frame whatever they are. */
  send(raw: string | Buffer): void {
    this.socket.send(raw, { binary: false });
  }

  sendJson(value: unknown): void {
    this.send(JSON.stringify(value));
  }

  notify(method: string, params?: Params): void {
    this.sendJson({ jsonrpc: '2.0', method, ...(params && { params }) });
  }

  /** The answer to a request, whether a result or an error. */
  async call(method: string, params?: unknown): Promise<Frame> {
    const id = `client-${this.nextId++}`;
    const answer = this.answer(id);
    this.sendJson({ jsonrpc: '2.0', id, method, ...(params !== undefined && { params }) });
    return answer;
  }

  /** @throws RpcError where the answer is an error */
  async request(method: string, params?: Params): Promise<unknown> {
    const { error, result } = await this.call(method, params);
    if (error !== undefined) throw new RpcError(error);
    return result;
  }

  /** The error of a request that is to fail. */
  async failure(method: string, params?: unknown): Promise<ErrorBody> {
    const answer = await this.call(method, params);
    if (answer.error === undefined) throw new Error(`Answered with a result: ${JSON.stringify(answer)}`);
    return answer.error;
  }

  async execute(params: Params): Promise<Execution> {
    const started = (await this.request('execute', params)) as Started;
    const output = params.output as { encoding?: string } | undefined;
    return new Execution(this, started, output?.encoding ?? 'utf8');
  }

  /** Executes to the end and collects. */
  async run(params: Params, boundMs?: number): Promise<Finished> {
    const execution = await this.execute(params);
    const completed = await execution.completed(boundMs);
    return { execution, completed, stdout: execution.text('stdout'), stderr: execution.text('stderr') };
  }

  /** Everything that arrives while `act` runs, up to the answer of a `ping` sent after it. */
  async after(act: () => void): Promise<Received[]> {
    const from = this.received.length;
    act();
    await this.request('ping');
    return this.received.slice(from, -1);
  }

  async answer(id: Id): Promise<Frame> {
    return (await this.next(
      (frame) => isSingle(frame) && isAnswer(frame) && frame.id === id,
      `answer ${String(id)}`,
    )) as Frame;
  }

  async notification(method: string): Promise<Frame> {
    const matches = (frame: Received): boolean => isSingle(frame) && frame.method === method;
    return (this.received.find(matches) ?? (await this.next(matches, method))) as Frame;
  }

  /** The first event of an execution, past or to come, that matches. */
  async event(
    executionId: string,
    matches: (event: EventFrame) => boolean,
    what: string,
    boundMs?: number,
  ): Promise<EventFrame> {
    const past = this.eventsOf(executionId).find(matches);
    if (past !== undefined) return past;
    const isMatch = (frame: Received): boolean =>
      isSingle(frame) && isEvent(frame) && frame.params.execution_id === executionId && matches(frame);
    return (await this.next(isMatch, what, boundMs)) as EventFrame;
  }

  /** The next frame that matches. */
  async next(matches: (frame: Received) => boolean, what: string, boundMs: number = BOUND_MS): Promise<Received> {
    let watcher: ((frame: Received) => void) | undefined;
    const found = new Promise<Received>((resolve, reject) => {
      watcher = (frame) => {
        if (matches(frame)) resolve(frame);
      };
      this.watchers.add(watcher);
      void this.closed.then(({ code }) => {
        reject(new Error(`Closed with ${String(code)} while waiting for ${what}`));
      });
    });
    try {
      return await within(found, what, boundMs);
    } catch (error) {
      const last = JSON.stringify(this.received.slice(-5)).slice(0, 2000);
      throw new Error(`${String(error)}; last received: ${last}`, { cause: error });
    } finally {
      if (watcher) this.watchers.delete(watcher);
    }
  }

  async close(code = 1000): Promise<Closing> {
    this.socket.close(code);
    return within(this.closed, 'the close');
  }

  private receive(frame: Received): void {
    this.received.push(frame);
    if (isSingle(frame) && isEvent(frame)) {
      const known = this.events.get(frame.params.execution_id);
      if (known) known.push(frame);
      else this.events.set(frame.params.execution_id, [frame]);
    }
    for (const watcher of this.watchers) watcher(frame);
  }
}

export function isSingle(frame: Received): frame is Frame {
  return !Array.isArray(frame);
}
