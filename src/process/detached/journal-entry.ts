import type { SplitterState } from '../../stream/output-splitter.js';
import type { StreamName } from '../../stream/output-options.js';
import type { EndCause } from '../end-cause.js';
import type { ExecutionEvent } from '../execution-event.js';

/** Where a segment of a spool begins, so that one can begin to read there. */
export interface Checkpoint {
  readonly segment: number;
  /** Bytes of the spool before it. */
  readonly spoolBytes: number;
  /** The number of the next event. */
  readonly seq: number;
  readonly bytes: Readonly<Record<StreamName, number>>;
  readonly splitters: Readonly<Record<StreamName, SplitterState>>;
}

/** What a service writes down of an execution before anybody can have heard of it. `atMs` is CLOCK_MONOTONIC. */
export type JournalEntry =
  | { readonly entry: 'pid'; readonly pid: number }
  | { readonly entry: 'event'; readonly seq: number; readonly atMs: number; readonly event: ExecutionEvent }
  | { readonly entry: 'cause'; readonly cause: EndCause }
  | { readonly entry: 'checkpoint'; readonly checkpoint: Checkpoint };
