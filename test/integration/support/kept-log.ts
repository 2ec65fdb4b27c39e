import { randomUUID } from 'node:crypto';
import type { LogSource } from '../../../src/cluster/log/log-source.js';
import type { ReplicatedExecution } from '../../../src/cluster/log/replicated-execution.js';
import type { LogRecord } from '../../../src/stream/log/log-record.js';
import type { EventSource } from '../../../src/stream/event-source.js';
import type { TestEvent } from './cluster-room.js';

/** An execution whose log holds what a test puts in, until the test drops it. */
export class KeptLog implements LogSource, ReplicatedExecution {
  readonly id = randomUUID();
  readonly source = this;
  isFenced = false;
  nextSeq = 1;
  private records: LogRecord<TestEvent>[] = [];
  private end: string | null = null;

  about(): string {
    return JSON.stringify({ id: this.id });
  }

  account(): string | null {
    return this.end;
  }

  onFenced(): void {
    this.isFenced = true;
  }

  output(text: string): void {
    const data = Buffer.from(text);
    const firstSeq = this.nextSeq++;
    const rest = { perLine: false, count: 1, offset: 0, piece: null, truncated: false } as const;
    this.records.push({ kind: 'output', stream: 'stdout', data, firstSeq, ...rest });
  }

  event(type: string): void {
    this.records.push({ kind: 'event', seq: this.nextSeq++, event: { type } });
    if (type === 'completed') this.end = JSON.stringify({ type });
  }

  /** Keeps only what comes after. */
  drop(): void {
    this.records = [];
  }

  read(afterSeq: number): EventSource<TestEvent> {
    let nextSeq = afterSeq + 1;
    const peek = (): LogRecord<TestEvent> | null => this.records.find((record) => seqOf(record) >= nextSeq) ?? null;
    return {
      get nextSeq() {
        return nextSeq;
      },
      onAppend: () => undefined,
      gap: null,
      isPressed: false,
      takeGap: () => null,
      acknowledge: () => undefined,
      peek,
      advance: (count) => {
        nextSeq += count;
      },
      close: () => undefined,
    };
  }
}

function seqOf(record: LogRecord<unknown>): number {
  return record.kind === 'event' ? record.seq : record.firstSeq;
}
