import type { ExecutionEvent } from '../process/execution-event.js';
import type { EventSource } from '../stream/event-source.js';
import type { SeqRange } from '../stream/log/seq-range.js';

/** An execution that is read from some event on, as it was when the reading was prepared. */
export interface Attachment {
  readonly id: string;
  readonly pid: number;
  readonly sessionId: string;
  readonly encoding: 'utf8' | 'base64';
  readonly state: string;
  /** The oldest event that is kept, and the next one there will be. */
  readonly firstSeq: number;
  readonly nextSeq: number;
  /** What of the asked for is not kept any more. */
  readonly gap: SeqRange | null;
  readonly source: EventSource<ExecutionEvent>;
}
