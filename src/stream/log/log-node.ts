import type { Segment } from './byte-store.js';
import type { LogRecord } from './log-record.js';

/** A record in its place in a log. */
export interface LogNode<E> {
  /** Null once it is not kept any more; then `next` is null too. */
  record: LogRecord<E> | null;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** What it takes of the log's bounds. */
  readonly costBytes: number;
  next: LogNode<E> | null;
  /** The memory that the bytes of its record share with others. */
  segment: Segment | null;
}
