import { ClientError } from './client-error.js';
import { type ClientOptions, readOptions } from './client-options.js';
import type { Link } from './connection/link.js';
import { openTransport } from './connection/open-transport.js';
import type { Encoding } from './delivery/output-bytes.js';
import type { RemoteExecution } from './remote-execution.js';
import { Subscriptions } from './subscriptions.js';
import { type Estimate, readEstimate } from './wire/estimate.js';
import type { ExecuteRequest, ProgramRequest } from './wire/execute-request.js';
import { type ExecutionRow, readExecutionRow } from './wire/execution-row.js';
import { type Explanation, readExplanation } from './wire/explanation.js';
import { Fields } from './wire/fields.js';
import type { Greeting } from './wire/greeting.js';
import { readStart } from './wire/start.js';

const CLOSE_GRACE_MS = 2000;

/**
 * A client of the service. It holds one session, makes a lost connection again and resumes the session there: each event of
 * each execution comes once and in order, or an error says why not.
 */
export class ExecutorClient {
  readonly #subscriptions: Subscriptions;
  readonly #link: Link;

  private constructor(urls: readonly string[], options: ClientOptions) {
    const { bufferBytes, ...settings } = readOptions(options);
    const transport = openTransport(options.token ?? null, options.WebSocket ?? null);
    this.#subscriptions = new Subscriptions(
      { ...settings, urls, openTransport: transport, random: Math.random },
      bufferBytes,
      options.onConnection ?? ignore,
    );
    this.#link = this.#subscriptions.link;
  }

  /**
   * Connects to the service at a WebSocket URL, or at one of several that lead to the same service.
   * @throws ClientError refused, unreachable, protocol; RpcError session-limit; RangeError for an option; what the signal
   *   was aborted with
   */
  static async connect(url: string | readonly string[], options: ClientOptions = {}): Promise<ExecutorClient> {
    const urls = typeof url === 'string' ? [url] : url;
    if (urls.length === 0) throw new TypeError('A URL is missing');
    const { signal } = options;
    signal?.throwIfAborted();
    const client = new ExecutorClient(urls, options);
    const onAbort = (): void => {
      void client.#link.close(signal?.reason as Error, CLOSE_GRACE_MS);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    client.#link.stopped.addEventListener('abort', () => signal?.removeEventListener('abort', onAbort), { once: true });
    await client.#link.open();
    return client;
  }

  /** What the service said when the connection came about. */
  get greeting(): Greeting {
    return this.#link.greeting;
  }

  get sessionId(): string {
    return this.#link.sessionId;
  }

  /**
   * Starts a command, once: where the answer is lost with the connection, it is asked for again. The signal cancels the
   * execution, whenever it is aborted.
   * @throws RpcError; ClientError outcome-unknown, where the session was lost with the answer
   */
  async execute(request: ExecuteRequest, { signal }: { readonly signal?: AbortSignal } = {}): Promise<RemoteExecution> {
    signal?.throwIfAborted();
    const canRepeat = this.greeting.capabilities.includes('resume');
    const params = {
      ...(canRepeat ? { idempotency_key: randomKey() } : {}),
      ...request,
      output: { mode: 'lines', ...request.output },
    };
    const encoding = request.output?.encoding ?? 'utf8';
    const { start, execution } = await this.#link.call(
      'execute',
      params,
      canRepeat ? 'in-session' : 'never',
      (result) => {
        const start = readStart(result);
        // One that was started before may have gone on without this answer: its events are asked for from the first.
        return {
          start,
          execution: start.duplicate ? null : this.#subscriptions.follow(start.execution_id, encoding, 0, start),
        };
      },
    );
    const started = execution ?? (await this.#subscriptions.attach(start.execution_id, encoding, 0, start));
    if (signal !== undefined) this.#cancelOn(signal, started);
    return started;
  }

  /**
   * Follows an execution that this or another client has started, from the notification after `afterSeq` on.
   * `encoding` is that of its output.
   * @throws RpcError not-running
   */
  async attach(
    executionId: string,
    { afterSeq = 0, encoding = 'utf8' }: { readonly afterSeq?: number; readonly encoding?: Encoding } = {},
  ): Promise<RemoteExecution> {
    return this.#subscriptions.attach(executionId, encoding, afterSeq, null);
  }

  /** The executions that run. */
  async list(): Promise<ExecutionRow[]> {
    return this.#link.call('list', {}, 'always', (result) =>
      Fields.of(result, 'the result of list').list('executions').map(readExecutionRow),
    );
  }

  /** An execution that runs, or has ended lately. @throws RpcError not-running */
  async status(executionId: string): Promise<ExecutionRow> {
    return this.#link.call('status', { execution_id: executionId }, 'always', readExecutionRow);
  }

  /** What a command is expected to take. */
  async estimate(program: ProgramRequest): Promise<Estimate> {
    return this.#link.call('estimate', program, 'always', readEstimate);
  }

  /** What policy, limits and estimate say of a command; nothing is started. */
  async explain(request: ProgramRequest & Pick<ExecuteRequest, 'cwd' | 'env'>): Promise<Explanation> {
    return this.#link.call('explain', request, 'always', readExplanation);
  }

  /** Asks whether the service is there. @returns milliseconds until the answer */
  async ping(): Promise<number> {
    const from = performance.now();
    return this.#link.call('ping', {}, 'always', () => performance.now() - from);
  }

  /** Ends the session: its executions follow their `on_disconnect`. Whoever waits for one here gets ClientError closed. */
  async close(): Promise<void> {
    await this.#link.close(new ClientError({ kind: 'closed' }, 'The client is closed'), CLOSE_GRACE_MS);
  }

  #cancelOn(signal: AbortSignal, execution: RemoteExecution): void {
    const onAbort = (): void => {
      execution.cancel().catch(ignore);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  }
}

/** 128 random bits. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function ignore(): void {
  // nothing is to be done
}
