import type { Link } from './connection/link.js';
import type { Delivery } from './delivery/delivery.js';
import { type Encoding, outputBytes } from './delivery/output-bytes.js';
import { outputOnly, outputText } from './delivery/output-text.js';
import { RpcError } from './rpc-error.js';
import type { ExecutionEvent } from './wire/execution-event.js';
import { type ExecutionRow, readExecutionRow } from './wire/execution-row.js';
import type { Exit } from './wire/exit.js';
import { Fields } from './wire/fields.js';
import type { Start } from './wire/start.js';
import type { StreamName } from './wire/stream-name.js';

/** A piece of output, exact to the byte where the execution's encoding is base64. */
export interface OutputPiece {
  readonly stream: StreamName;
  readonly bytes: Uint8Array;
}

/**
 * A running or ended execution. It is an iterable of its events, as `stdout` and `stderr` are of their text; each reader
 * reads at its own pace, and the command waits for the slowest. Events up to the client's `bufferBytes` are kept for readers
 * that come late. Output that nobody reads is dropped above that, once there was a reader or `done` was asked for.
 */
export class RemoteExecution implements AsyncIterable<ExecutionEvent> {
  constructor(
    private readonly link: Link,
    private readonly delivery: Delivery,
    private readonly encoding: Encoding,
    /** What the service answered; null where the execution was attached to. */
    readonly start: Start | null,
  ) {}

  get id(): string {
    return this.delivery.executionId;
  }

  /** null where the execution was attached to. */
  get pid(): number | null {
    return this.start?.pid ?? null;
  }

  /** The time limit it began with, in seconds; null = none, or not known. */
  get timeout(): number | null {
    return this.start?.timeout ?? null;
  }

  /** The last notification that has come. */
  get seq(): number {
    return this.delivery.seq;
  }

  /**
   * How it ended, when all of its notifications have come and have been checked.
   * @throws ClientError sequence-gap, integrity, protocol, execution-lost, closed, what the connection was lost with
   */
  get done(): Promise<Exit> {
    this.delivery.buffer.release();
    return this.delivery.done;
  }

  /** Its text, as it comes; an invalid byte is U+FFFD. @throws ClientError output-dropped, and as `done` */
  get stdout(): AsyncIterable<string> {
    return outputText(this, 'stdout', this.encoding);
  }

  /** As `stdout`. */
  get stderr(): AsyncIterable<string> {
    return outputText(this, 'stderr', this.encoding);
  }

  /** All events from the first that is kept. @throws as `done` */
  [Symbol.asyncIterator](): AsyncGenerator<ExecutionEvent, void, undefined> {
    return this.delivery.buffer.read();
  }

  /** Both streams, in the order in which the service read them. @throws ClientError output-dropped, and as `done` */
  async *output(): AsyncGenerator<OutputPiece, void, undefined> {
    for await (const { stream, data } of outputOnly(this)) yield { stream, bytes: outputBytes(data, this.encoding) };
  }

  /** Stops its processes; no time limit runs meanwhile. @throws RpcError not-running */
  async pause(): Promise<void> {
    await this.#control({ type: 'PAUSE' });
  }

  /** @throws RpcError not-running */
  async resume(): Promise<void> {
    await this.#control({ type: 'RESUME' });
  }

  /** Ends its processes: SIGTERM, then SIGKILL. Resolves when it is ending, or is over. */
  async cancel(): Promise<void> {
    try {
      await this.#control({ type: 'CANCEL' });
    } catch (error) {
      if (!RpcError.is(error, 'not-running')) throw error;
    }
  }

  /** Sends a signal to its process group. @throws RpcError not-running; ClientError outcome-unknown */
  async signal(signal: string): Promise<void> {
    await this.link.call('control', { type: 'SIGNAL', signal, execution_id: this.id }, 'never', ignore);
  }

  /**
   * Writes to its stdin, which has to be open; `eof` closes it after the data.
   * @returns the bytes that were taken: all of them
   * @throws RpcError not-running, invalid-params, resource-limit (`stdin`: too much waits, nothing was taken);
   *   ClientError outcome-unknown, too-large
   */
  async input(data: string | Uint8Array, { eof = false }: { readonly eof?: boolean } = {}): Promise<number> {
    const content = typeof data === 'string' ? { data } : { data: base64(data), encoding: 'base64' };
    return this.link.call('input', { ...content, eof, execution_id: this.id }, 'never', (result) =>
      Fields.of(result, 'the result of input').count('accepted_bytes'),
    );
  }

  /** Gives it another time limit, in seconds from the start; 0 = none. @throws RpcError */
  async extend(timeout: number): Promise<void> {
    await this.link.call('extend', { timeout, execution_id: this.id }, 'always', ignore);
  }

  /** @throws RpcError not-running */
  async status(): Promise<ExecutionRow> {
    return this.link.call('status', { execution_id: this.id }, 'always', readExecutionRow);
  }

  async #control(params: object): Promise<void> {
    await this.link.call('control', { ...params, execution_id: this.id }, 'always', ignore);
  }
}

function base64(bytes: Uint8Array): string {
  if (typeof Buffer !== 'undefined') return Buffer.from(bytes).toString('base64');
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function ignore(): null {
  return null;
}
