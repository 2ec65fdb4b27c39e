import { ClientError } from '../client-error.js';
import { Deferred } from '../deferred.js';
import type { Exit } from '../wire/exit.js';
import type { Gap } from '../wire/gap.js';
import { readEvent, type ReceivedEvent } from '../wire/read-event.js';
import { readGap } from '../wire/resumption.js';
import { EventBuffer } from './event-buffer.js';
import type { Encoding } from './output-bytes.js';
import { StreamAccount } from './stream-account.js';

/**
 * Makes of the notifications of one execution, which may come twice and over several connections, its events: each once, in
 * order, none missing that no `gap` tells of, and at the end the proof of it. What breaks that ends it with an error.
 */
export class Delivery {
  readonly buffer: EventBuffer;
  readonly #accounts: { readonly stdout: StreamAccount; readonly stderr: StreamAccount };
  readonly #done = new Deferred<Exit>();
  #seq: number;
  #isOver = false;

  /** `afterSeq`: what had been seen before, here or elsewhere. */
  constructor(
    readonly executionId: string,
    encoding: Encoding,
    afterSeq: number,
    bufferBytes: number,
  ) {
    this.buffer = new EventBuffer(bufferBytes);
    this.#accounts = {
      stdout: new StreamAccount(executionId, 'stdout', encoding),
      stderr: new StreamAccount(executionId, 'stderr', encoding),
    };
    this.#seq = afterSeq;
    if (afterSeq > 0) this.#skip();
  }

  /** The last notification that is accounted for, by its event or by a gap. */
  get seq(): number {
    return this.#seq;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get done(): Promise<Exit> {
    return this.#done.promise;
  }

  /** Takes a notification of this execution; `gap` says that some are gone, of which what has come before is not. */
  receive(method: string, params: unknown): void {
    if (this.#isOver) return;
    try {
      if (method === 'gap') this.#skipTo(readGap(params));
      else this.#take(readEvent(method, params));
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** It ends here, for whoever reads and for whoever waits for its end. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#done.reject(error);
    this.buffer.end(error);
  }

  #skipTo({ from, to }: Gap): void {
    if (to <= this.#seq) return;
    if (from > this.#seq + 1) this.#missing(from);
    this.buffer.push({ type: 'gap', from: this.#seq + 1, to });
    this.#seq = to;
    this.#skip();
  }

  #take(event: ReceivedEvent): void {
    if (event.seq <= this.#seq) return;
    if (event.seq !== this.#seq + 1) this.#missing(event.seq);
    this.#seq = event.seq;
    if (event.type === 'output') this.#accounts[event.stream].add(event);
    if (event.type === 'completed') this.#complete(event.seq, event.exit);
    else this.buffer.push(event);
  }

  #complete(seq: number, received: Omit<Exit, 'verified'>): void {
    if (received.seq_last !== seq)
      throw this.#broken(`The last notification is ${seq}, and ${received.seq_last} by its own account`);
    const { stdout, stderr } = this.#accounts;
    const exit: Exit = {
      ...received,
      verified: {
        stdout: stdout.close(received.bytes.stdout, received.sha256.stdout),
        stderr: stderr.close(received.bytes.stderr, received.sha256.stderr),
      },
    };
    this.#isOver = true;
    this.buffer.push({ type: 'completed', seq, exit });
    this.#done.resolve(exit);
    this.buffer.end(null);
  }

  #skip(): void {
    this.#accounts.stdout.skip();
    this.#accounts.stderr.skip();
  }

  #missing(seq: number): never {
    const expected = this.#seq + 1;
    throw new ClientError(
      { kind: 'sequence-gap', executionId: this.executionId, expected, seq },
      `Notification ${seq} of the execution came where ${expected} was next`,
    );
  }

  #broken(what: string): ClientError {
    return new ClientError({ kind: 'integrity', executionId: this.executionId }, what);
  }
}
