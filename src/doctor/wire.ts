import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { OwnService } from '../cli/own-service.js';

/** A frame as it came, with the time since the connection was opened. */
export interface WireFrame {
  readonly atMs: number;
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** One command's frames: its reply, then its notifications, the last one `process.completed`. */
export interface WireRun {
  readonly reply: WireFrame;
  readonly events: readonly WireFrame[];
  readonly completed: Readonly<Record<string, unknown>>;
}

const ANSWER_MS = 10_000;

/** A client of a service that was started for a check: plain frames, kept in their order. */
export class Wire {
  readonly frames: WireFrame[] = [];
  #closed: { readonly code: number; readonly reason: string } | null = null;
  readonly #openedAt = performance.now();
  #wake: () => void = () => undefined;
  #nextId = 1;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Omit<WireFrame, 'atMs'>;
      this.frames.push({ ...frame, atMs: performance.now() - this.#openedAt });
      this.#wake();
    });
    socket.on('close', (code, reason) => {
      this.#closed = { code, reason: reason.toString() };
      this.#wake();
    });
    // The close that follows is looked at.
    socket.on('error', () => undefined);
  }

  /** @throws where the connection is refused */
  static async open(service: OwnService): Promise<Wire> {
    const headers = { Authorization: `Bearer ${service.token}` };
    const socket = new WebSocket(service.url, { headers, perMessageDeflate: false });
    const wire = new Wire(socket);
    await once(socket, 'open');
    return wire;
  }

  /** The first frame that fits, past or to come. @throws where none comes in time */
  async frame(fits: (frame: WireFrame) => boolean, what: string, withinMs = ANSWER_MS): Promise<WireFrame> {
    return this.#until(() => this.frames.find(fits), what, withinMs);
  }

  /** The answer to a request, result or error. */
  async call(method: string, params: object): Promise<WireFrame> {
    const id = this.#nextId++;
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return this.frame((frame) => frame.id === id, `the answer to ${method}`);
  }

  /** Runs a command to its end. @throws where it is refused, or does not end in time */
  async run(params: object, withinMs = ANSWER_MS): Promise<WireRun> {
    const from = this.frames.length;
    const reply = await this.call('execute', params);
    if (reply.error !== undefined) throw new Error(`execute is refused: ${JSON.stringify(reply.error)}`);
    const id = reply.result?.['execution_id'];
    const isLast = (frame: WireFrame): boolean =>
      frame.method === 'process.completed' && frame.params?.['execution_id'] === id;
    const last = await this.frame(isLast, 'process.completed', withinMs);
    const events = this.frames.slice(from).filter((frame) => frame.params?.['execution_id'] === id);
    return { reply, events, completed: last.params ?? {} };
  }

  /** How the service closed the connection. @throws where it does not in time */
  closed(withinMs = ANSWER_MS): Promise<{ readonly code: number; readonly reason: string }> {
    return this.#until(() => this.#closed ?? undefined, 'the close of the connection', withinMs);
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed();
  }

  async #until<T>(look: () => T | undefined, what: string, withinMs: number): Promise<T> {
    const deadline = performance.now() + withinMs;
    for (let found = look(); ; found = look()) {
      if (found !== undefined) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`${what} did not come within ${String(withinMs / 1000)} s`);
      const patience = new AbortController();
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([woken, delay(leftMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
      patience.abort();
    }
  }
}

/** What a run printed to a stream. */
export function textOf({ events }: WireRun, stream: 'stdout' | 'stderr'): string {
  return outputOf(events, stream)
    .map(({ params }) => String(params?.['data']))
    .join('');
}

/** The notifications of output of a stream. */
export function outputOf(events: readonly WireFrame[], stream: 'stdout' | 'stderr'): WireFrame[] {
  return events.filter(({ method, params }) => method === 'process.output' && params?.['type'] === stream);
}
