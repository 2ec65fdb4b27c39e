import { ClientError } from '../client-error.js';
import { Deferred } from '../deferred.js';
import { type Frame, readFrame } from '../wire/frame.js';
import { type Greeting, readGreeting } from '../wire/greeting.js';
import { Calls } from './calls.js';
import { SilenceWatch } from './silence-watch.js';
import type { Closing, OpenTransport, Transport } from './transport.js';

interface ConnectionOptions {
  readonly openTransport: OpenTransport;
  /** Until the service has greeted. */
  readonly connectTimeoutMs: number;
  /** null: twice the heartbeat that the service announces. */
  readonly silenceMs: number | null;
  readonly deadlineMs: number;
  readonly onNotification: (method: string, params: unknown) => void;
}

/** Where nothing is read, a message now and then shows that this side is there. */
const SIGN_OF_LIFE_MS = 5000;

/** One connection from the service's greeting to its end: calls out, notifications in. */
export class Connection {
  /** How it ended; never rejects. */
  readonly closed: Promise<Closing>;
  readonly #closed = new Deferred<Closing>();
  readonly #greeted = new Deferred<Greeting>();
  readonly #calls = new Calls();
  #transport: Transport | null = null;
  #watch: SilenceWatch | null = null;
  #signOfLife: ReturnType<typeof setInterval> | undefined;
  #isReading = true;
  #isPaused = false;

  private constructor(private readonly options: ConnectionOptions) {
    this.closed = this.#closed.promise;
  }

  /**
   * Opens a connection; it is there when the service has greeted.
   * @throws ClientError refused, unreachable, protocol; RpcError session-limit; what the signal was aborted with
   */
  static async open(
    url: string,
    options: ConnectionOptions,
    signal: AbortSignal,
  ): Promise<{ readonly connection: Connection; readonly greeting: Greeting }> {
    const connection = new Connection(options);
    const timer = new AbortController();
    const timeout = setTimeout(() => {
      timer.abort(new ClientError({ kind: 'unreachable' }, `No answer from ${url}`));
    }, options.connectTimeoutMs);
    const either = AbortSignal.any([signal, timer.signal]);
    const onAbort = (): void => {
      connection.#greeted.reject(either.reason);
    };
    either.addEventListener('abort', onAbort, { once: true });
    try {
      connection.#transport = await options.openTransport(url, connection.#events(), either);
      const greeting = await connection.#greeted.promise;
      connection.#keepAlive(greeting);
      return { connection, greeting };
    } catch (error) {
      connection.drop();
      throw error;
    } finally {
      clearTimeout(timeout);
      either.removeEventListener('abort', onAbort);
    }
  }

  get isOpen(): boolean {
    return this.#transport?.isOpen ?? false;
  }

  get isAwaiting(): boolean {
    return this.#calls.size > 0;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether `read(false)` keeps what comes with the service. */
  get canPause(): boolean {
    return this.#transport?.canPause ?? false;
  }

  /**
   * Calls a method. `accept` gets the result before anything that came after it is looked at.
   * @throws RpcError; what accept throws; ClientError too-large, unreachable: nothing was sent; ClientError connection-lost:
   *   nobody knows whether it was done
   */
  async call<T>(method: string, params: object, accept: (result: unknown) => T): Promise<T> {
    if (!this.isOpen) throw new ClientError({ kind: 'unreachable' }, 'The connection is closed');
    const { text, answer } = this.#calls.add(method, params, accept);
    this.#transport?.send(text);
    this.#applyReading();
    return answer as Promise<T>;
  }

  /** False: what comes stays with the service as far as possible, but for what stands before an awaited answer. */
  read(isReading: boolean): void {
    this.#isReading = isReading;
    this.#applyReading();
  }

  /** Says goodbye: the session ends. */
  close(): void {
    this.#transport?.close(1000, 'Done');
  }

  /** Leaves without ending the session. */
  drop(): void {
    this.#transport?.drop();
    // One that is not open yet has no events.
    this.#end({ code: 1006, reason: '' });
  }

  #events(): Parameters<OpenTransport>[1] {
    return {
      onText: (text) => {
        this.#watch?.heard();
        this.#receive(text);
      },
      onAlive: () => this.#watch?.heard(),
      onClose: (closing) => {
        this.#end(closing);
      },
    };
  }

  #receive(text: string): void {
    try {
      const frame = readFrame(text);
      if (frame.kind === 'notification') this.#notified(frame.method, frame.params);
      else this.#answered(frame);
    } catch (error) {
      // What does not keep to the protocol is not talked to; what was awaited of it fails with the connection.
      this.#greeted.reject(error);
      this.drop();
    }
  }

  #notified(method: string, params: unknown): void {
    if (method === 'connected') this.#greeted.resolve(readGreeting(params));
    else this.options.onNotification(method, params);
  }

  #answered(frame: Exclude<Frame, { kind: 'notification' }>): void {
    // An error of no request in particular: there is no place for this session, or a message was not understood.
    if (frame.kind === 'error' && frame.id === null) this.#greeted.reject(frame.error);
    else if (frame.id !== null) this.#calls.settle(frame.id, frame);
    this.#applyReading();
  }

  #keepAlive({ heartbeat_interval: heartbeat, limits }: Greeting): void {
    const { silenceMs, deadlineMs } = this.options;
    this.#calls.maxMessageBytes = limits.max_message_bytes;
    if (!this.isOpen) return;
    this.#watch = new SilenceWatch(
      { silenceMs: silenceMs ?? 2000 * heartbeat, deadlineMs },
      this,
      () => {
        void this.call('ping', {}, () => null).catch(() => undefined);
      },
      () => {
        this.drop();
      },
    );
    this.#signOfLife = setInterval(() => {
      if (this.#isPaused) this.#transport?.send('{"jsonrpc":"2.0","method":"pong"}');
    }, SIGN_OF_LIFE_MS);
  }

  #applyReading(): void {
    const isPaused = !this.#isReading && this.#calls.size === 0;
    if (isPaused === this.#isPaused || !this.canPause || !this.isOpen) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#transport?.pause();
    else this.#transport?.resume();
  }

  #end(closing: Closing): void {
    this.#watch?.stop();
    clearInterval(this.#signOfLife);
    const lost = new ClientError(
      { kind: 'connection-lost', code: closing.code },
      `The connection ended (${closing.code}${closing.reason === '' ? '' : ` ${closing.reason}`})`,
    );
    this.#greeted.reject(
      closing.code === 1008
        ? new ClientError({ kind: 'refused', status: null, retryAfterMs: null }, closing.reason)
        : lost,
    );
    this.#calls.fail(lost);
    this.#closed.resolve(closing);
  }
}
