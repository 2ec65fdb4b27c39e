import type { OutputRecord } from '../output-record.js';

/** One thing other than output that happened to an execution. */
interface EventRecord<E> {
  readonly kind: 'event';
  readonly seq: number;
  readonly event: E;
}

/** What a log holds in one piece: one event, or output of one or more consecutive events. */
export type LogRecord<E> = OutputRecord | EventRecord<E>;
