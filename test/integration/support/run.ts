import type { Execution } from '../../../src/process/execution.js';
import type { ExecutionEvent } from '../../../src/process/execution-event.js';
import type { ExecutionOutcome } from '../../../src/process/execution-outcome.js';
import type { EventSource } from '../../../src/stream/event-source.js';
import { within } from '../../e2e/support/eventually.js';

/** An execution whose events are taken from its log as its client's feed takes them. */
export class Run {
  readonly events: ExecutionEvent[] = [];
  /** Settles with the account of the end. */
  readonly outcome: Promise<ExecutionOutcome>;
  private readonly chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  private seq = 0;
  private readonly source: EventSource<ExecutionEvent>;
  private wake: () => void = () => undefined;

  constructor(
    readonly execution: Execution,
    reads: boolean,
  ) {
    this.source = execution.log.own(0);
    if (reads) this.read();
    this.outcome = within(execution.ended, `the end of ${JSON.stringify(execution.request.program).slice(0, 200)}`);
    this.outcome.catch(() => undefined);
  }

  get pid(): number {
    return this.execution.pid;
  }

  get stdout(): string {
    return Buffer.concat(this.chunks.stdout).toString();
  }

  get stderr(): string {
    return Buffer.concat(this.chunks.stderr).toString();
  }

  /** The types of what happened, in order. */
  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  /** Takes what the log holds, and what comes. */
  read(): void {
    this.source.onAppend = () => {
      this.take();
    };
    this.take();
  }

  /** Leaves in the log what comes from now on. */
  stopReading(): void {
    this.source.onAppend = () => undefined;
  }

  /** Resolves when stdout holds the text. */
  async prints(text: string): Promise<void> {
    const sought = Buffer.from(text);
    let looked = 0;
    let rest = Buffer.alloc(0);
    const found = new Promise<void>((resolve) => {
      this.wake = () => {
        const unseen = this.chunks.stdout.slice(looked);
        looked += unseen.length;
        const seen = Buffer.concat([rest, ...unseen]);
        if (seen.includes(sought)) resolve();
        rest = seen.subarray(Math.max(0, seen.length - sought.length));
      };
      this.wake();
    });
    await within(found, `${JSON.stringify(text)} on stdout, got ${JSON.stringify(this.stdout.slice(-1000))}`);
  }

  /** Cancels it and waits for its end. */
  async cancel(): Promise<ExecutionOutcome> {
    (await this.execution.cancel())();
    return this.outcome;
  }

  private take(): void {
    const { source } = this;
    for (let record = source.peek(); record !== null; record = source.peek()) {
      const [first, count] = record.kind === 'event' ? [record.seq, 1] : [record.firstSeq, record.count];
      if (first !== this.seq + 1) throw new Error(`Event ${first} follows ${this.seq}`);
      this.seq += count;
      if (record.kind === 'event') this.events.push(record.event);
      else this.chunks[record.stream].push(Buffer.from(record.data));
      source.advance(count);
      source.acknowledge(this.seq);
    }
    this.wake();
  }
}
