import { createHash } from 'node:crypto';
import type { Client } from './client.js';
import type { Completed, EventFrame, Output, Started, StreamName } from './wire.js';

const STREAMS = ['stdout', 'stderr'] as const;

/** One execution as its client sees it. */
export class Execution {
  readonly id: string;
  readonly pid: number;

  constructor(
    private readonly client: Client,
    readonly started: Started,
    private readonly encoding: string,
  ) {
    this.id = started.execution_id;
    this.pid = started.pid;
  }

  /** All its notifications so far, in the order of their arrival. */
  get events(): readonly EventFrame[] {
    return this.client.eventsOf(this.id);
  }

  get methods(): string[] {
    return this.events.map((event) => event.method);
  }

  /** Its output notifications so far, of one stream or of both. */
  output(stream?: StreamName): Output[] {
    return this.events
      .filter((event) => event.method === 'process.output')
      .map((event) => event.params as Output)
      .filter((output) => stream === undefined || output.type === stream);
  }

  text(stream: StreamName): string {
    return this.output(stream)
      .map((output) => output.data)
      .join('');
  }

  bytes(stream: StreamName): Buffer {
    return Buffer.concat(
      this.output(stream).map((output) => Buffer.from(output.data, this.encoding === 'base64' ? 'base64' : 'utf8')),
    );
  }

  /** The first notification of that method, as soon as it is there. */
  async event(method: string): Promise<EventFrame> {
    return this.client.event(this.id, (event) => event.method === method, method);
  }

  /** Resolves as soon as the stream's text so far holds `text`. */
  async prints(text: string, stream: StreamName = 'stdout'): Promise<void> {
    await this.client.event(this.id, () => this.text(stream).includes(text), `${stream} ${JSON.stringify(text)}`);
  }

  /** How it ended, after the account it gave of itself has been checked. */
  async completed(boundMs?: number): Promise<Completed> {
    const isLast = (event: EventFrame): boolean => event.method === 'process.completed';
    const { params } = await this.client.event(this.id, isLast, 'process.completed', boundMs);
    this.check(params as Completed);
    return params as Completed;
  }

  async control(type: string, more: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return this.client.request('control', { type, execution_id: this.id, ...more });
  }

  /**
   * Holds for every execution that ended: `seq` counts from 1 without a gap, started comes first and completed last,
   * offsets, byte counts and digests are those of the data. A hook that runs after the end warns outside of the account,
   * without a number, and may have done so already.
   */
  private check(completed: Completed): void {
    const end = this.methods.indexOf('process.completed');
    const isOutside = ({ method, params }: EventFrame): boolean => method === 'hook.warning' && !('seq' in params);
    const account = this.events.filter((event, index) => index <= end || !isOutside(event));
    const methods = account.map((event) => event.method);
    const wrong = account.findIndex((event, index) => event.params.seq !== index + 1);
    if (wrong !== -1) this.fail(`seq ${String(account[wrong]?.params.seq)} at place ${String(wrong + 1)}`);
    if (methods[0] !== 'process.started') this.fail(`begins with ${String(methods[0])}`);
    if (methods.indexOf('process.completed') !== methods.length - 1) this.fail('process.completed is not last');
    if (completed.seq_last !== methods.length) this.fail(`seq_last is ${String(completed.seq_last)}`);
    for (const stream of STREAMS) {
      if (this.isExact(stream)) this.checkStream(stream, completed);
    }
  }

  private checkStream(stream: StreamName, completed: Completed): void {
    const digest = createHash('sha256');
    let offset = 0;
    for (const output of this.output(stream)) {
      if (output.offset !== offset) this.fail(`${stream} offset ${String(output.offset)}, not ${String(offset)}`);
      const bytes = Buffer.from(output.data, this.encoding === 'base64' ? 'base64' : 'utf8');
      digest.update(bytes);
      offset += bytes.length;
    }
    if (completed.bytes[stream] !== offset) this.fail(`${stream} bytes ${String(completed.bytes[stream])}`);
    if (completed.sha256[stream] !== digest.digest('hex')) this.fail(`${stream} sha256 ${completed.sha256[stream]}`);
  }

  /** False where data stands for other bytes: a cut line, or a replaced invalid byte. */
  private isExact(stream: StreamName): boolean {
    const isReplaced = (output: Output): boolean => this.encoding === 'utf8' && output.data.includes('\ufffd');
    return !this.output(stream).some((output) => output.truncated || isReplaced(output));
  }

  private fail(what: string): never {
    const tail = JSON.stringify(this.events.slice(-5)).slice(0, 2000);
    throw new Error(`The account of execution ${this.id} is wrong: ${what}; it ends with ${tail}`);
  }
}
