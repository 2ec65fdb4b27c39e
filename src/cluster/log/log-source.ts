import type { LogRecord } from '../../stream/event-log.js';

/** A way through the events of an execution, in order and each once. */
export interface LogCursor<E> {
  /** The number of the next event. It may lie within the record that `peek` gives, or before it where some are gone. */
  readonly nextSeq: number;
  peek(): LogRecord<E> | null;
  advance(count: number): void;
  close(): void;
}

/** The log of an execution that runs here, as far as it is kept. */
export interface LogSource<E> {
  /** The number the next event will get. */
  readonly nextSeq: number;
  read(afterSeq: number): LogCursor<E>;
}
