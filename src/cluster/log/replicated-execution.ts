import type { LogSource } from './log-source.js';

/** An execution of this service that the others are to know. */
export interface ReplicatedExecution {
  readonly id: string;
  readonly source: LogSource;
  /** What is said of it while it runs, as JSON text. */
  about(): string;
  /** The account of its end, as JSON text; null while it runs. Its last event is in the log by then. */
  account(): string | null;
  /** Another service has declared this one dead and the execution lost: nothing of it may be told any more. */
  onFenced(): void;
}
