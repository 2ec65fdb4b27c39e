import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { Ledger } from './ledger.js';
import type { Workload } from './workload.js';

/** Silence after which it asks whether the service is there, and after which it no longer believes so. */
const SILENCE_MS = 400;
const DEADLINE_MS = 1000;
const BETWEEN_ATTEMPTS_MS = 30;
const NOT_RUNNING = -32_003;

interface Message {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

type Outcome = { readonly completed: Record<string, unknown> } | { readonly error: Error };

/**
 * Runs a workload through connections that fail, by the letter of the protocol and with nothing of the client library: it
 * keeps a session's id and token, the last number it saw, and asks again for all that it got no answer to.
 */
export class RawClient {
  readonly ledger = new Ledger();
  #socket: WebSocket | null = null;
  #session: { readonly id: string; token: string } | null = null;
  #executionId: string | null = null;
  #isCanceling = false;
  #heardAt = 0;
  #text = '';
  #isAttached = false;
  #settle: (outcome: Outcome) => void = () => undefined;

  constructor(
    private readonly url: string,
    private readonly work: Workload,
    private readonly key: string = randomUUID(),
  ) {}

  /** Resolves with the params of `process.completed`. @throws what the service refuses */
  async run(): Promise<Record<string, unknown>> {
    const watch = setInterval(() => {
      this.#look();
    }, 50);
    try {
      const outcome = await new Promise<Outcome>((resolve) => {
        this.#settle = resolve;
        this.#connect();
      });
      if ('error' in outcome) throw outcome.error;
      return outcome.completed;
    } finally {
      clearInterval(watch);
      this.#settle = () => undefined;
      const socket = this.#socket;
      this.#socket = null;
      socket?.close(1000);
    }
  }

  #connect(): void {
    const socket = new WebSocket(this.url, { perMessageDeflate: false, handshakeTimeout: DEADLINE_MS });
    this.#socket = socket;
    this.#heardAt = performance.now();
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      if (socket !== this.#socket) return;
      this.#heardAt = performance.now();
      try {
        this.#receive(JSON.parse(data.toString()) as Message);
      } catch (error) {
        this.#settle({ error: error as Error });
      }
    });
    socket.on('close', () => {
      if (socket !== this.#socket) return;
      setTimeout(() => {
        if (socket === this.#socket) this.#connect();
      }, BETWEEN_ATTEMPTS_MS);
    });
  }

  #look(): void {
    const silentMs = performance.now() - this.#heardAt;
    if (silentMs > DEADLINE_MS) this.#socket?.terminate();
    else if (silentMs > SILENCE_MS) this.#ask('ping', 'ping', {});
  }

  #ask(id: string, method: string, params: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN)
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  }

  #receive({ id, method, params = {}, result, error }: Message): void {
    // What is to be canceled once more may have ended by the first time.
    if (error?.code === NOT_RUNNING && id === 'cancel') return;
    if (error !== undefined) throw new Error(`${String(id)}: ${JSON.stringify(error)}`);
    if (method !== undefined) this.#notified(method, params);
    else if (id === 'execute') this.#started(result ?? {});
    else if (id === 'attach') this.#isAttached = true;
    else if (id === 'resume') this.#resumed(result ?? {});
  }

  #notified(method: string, params: Record<string, unknown>): void {
    if (method === 'connected') this.#greeted(params);
    if (params['execution_id'] !== this.#executionId || this.#executionId === null || !this.#isAttached) return;
    if (method === 'gap') {
      this.ledger.gap(params['from'] as number, params['to'] as number);
      return;
    }
    this.ledger.event(params['seq'] as number);
    if (method === 'process.output') {
      const data = Buffer.from(params['data'] as string, this.work.output.encoding);
      this.ledger.output(params['type'] as 'stdout' | 'stderr', data);
      if (this.work.cancelAt !== null) this.#text += data.toString();
      this.#cancel();
    }
    if (method === 'process.completed') this.#settle({ completed: params });
  }

  #greeted({ session_id: id, resume_token: token }: Record<string, unknown>): void {
    if (this.#session === null) {
      this.#session = { id: id as string, token: token as string };
      this.#execute();
      return;
    }
    const known = this.#executionId === null ? {} : { [this.#executionId]: this.ledger.seq };
    this.#ask('resume', 'resume', {
      session_id: this.#session.id,
      resume_token: this.#session.token,
      last_seq: known,
    });
  }

  #resumed({ resume_token: token }: Record<string, unknown>): void {
    if (this.#session !== null) this.#session.token = token as string;
    if (this.#executionId === null) this.#execute();
    else if (!this.#isAttached) this.#attach();
    else if (this.#isCanceling) this.#cancel();
  }

  #execute(): void {
    const { command, output } = this.work;
    this.#ask('execute', 'execute', { command, output, idempotency_key: this.key });
  }

  #started({ execution_id: id, duplicate }: Record<string, unknown>): void {
    this.#executionId = id as string;
    // What of it has come already was not known to be of it.
    if (duplicate === true) this.#attach();
    else this.#isAttached = true;
  }

  #attach(): void {
    this.#ask('attach', 'attach', { execution_id: this.#executionId, after_seq: 0 });
  }

  #cancel(): void {
    if (this.work.cancelAt === null || !this.#text.includes(this.work.cancelAt)) return;
    this.#isCanceling = true;
    this.#ask('cancel', 'control', { type: 'CANCEL', execution_id: this.#executionId });
  }
}
