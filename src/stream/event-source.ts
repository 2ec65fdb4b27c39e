import type { LogRecord } from './log/log-record.js';
import type { SeqRange } from './log/seq-range.js';

/** One reader's way through the events of an execution, in order and each once. */
export interface EventSource<E> {
  /** Called after each append. */
  onAppend: () => void;
  /** The number of the next event. It may lie within the record that `peek` gives. */
  readonly nextSeq: number;
  /** What was not kept for this reader and is not told yet; it lies before `nextSeq`. */
  readonly gap: SeqRange | null;
  /** True where writers are about to wait for a proof of what this reader has got. */
  readonly isPressed: boolean;
  /** The record with the next event, or null at the end. It may be gone at the next call. */
  peek(): LogRecord<E> | null;
  /** Goes on by so many events of the record that `peek` gave. */
  advance(count: number): void;
  /** The gap, which is told from then on. */
  takeGap(): SeqRange | null;
  /** The reader's client has received all events up to this one. */
  acknowledge(seq: number): void;
  /** Nothing will be read any more. */
  close(): void;
}
