import type { StreamName } from './output-options.js';

/**
 * Output that was read together, as raw bytes: `count` consecutive events from `firstSeq` on. Where `perLine`, each
 * event is one line with its newline (the last one may lack it); else the whole of `data` is one event.
 */
export interface OutputRecord {
  readonly kind: 'output';
  readonly stream: StreamName;
  /**
   * As appended during `onAppend`, a copy of the log's own after it. To be copied where it is used beyond the turn of the
   * event loop in which it was got: its memory is used again.
   */
  data: Buffer;
  readonly perLine: boolean;
  readonly count: number;
  readonly firstSeq: number;
  /** Byte offset of `data` in its stream. */
  readonly offset: number;
  /** Set on a piece of a line that is longer than an event may be; `total` is null where it is not known. */
  readonly piece: { readonly index: number; readonly total: number | null } | null;
  /** True where the line went on and was cut. */
  readonly truncated: boolean;
}

/** An output record before the log numbers it. */
export type UnnumberedOutput = Omit<OutputRecord, 'kind' | 'firstSeq'>;
