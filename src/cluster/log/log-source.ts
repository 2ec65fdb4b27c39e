import type { EventSource } from '../../stream/event-source.js';

/** The log of an execution that runs here, as far as it is kept. */
export interface LogSource {
  read(afterSeq: number): EventSource<unknown>;
}
