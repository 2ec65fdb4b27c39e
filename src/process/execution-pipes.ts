import type { StreamName } from '../stream/output-options.js';
import type { StreamTotals } from '../stream/pipe-reader.js';

/** What becomes of the bytes of a command's pipes. */
export interface PipeListener {
  /** Output was read. */
  onOutput(): void;
  /** The command is blocked because its output is not taken, or is not any more. */
  onBlocked(blocked: boolean): void;
  /** There is more output than may be: the limit is passed on, the rest is not. Once, in bytes of both streams. */
  onExceeded(limitBytes: number, observedBytes: number): void;
}

/** The three pipes of a command: its output goes into the log, as fast as the log is read. */
export interface ExecutionPipes {
  /** Settles when nothing more will come out of either stream. */
  readonly ended: Promise<void>;
  readonly isStdinOpen: boolean;
  /** Bytes given to the command that it has not read. */
  readonly unreadInputBytes: number;
  /** The command runs: its output is read, and it is given its input where that is known already. */
  start(listener: PipeListener, input: Buffer | null): void;
  bytes(stream: StreamName): number;
  /** The totals of a stream. To be called once, after `ended`. */
  totals(stream: StreamName): StreamTotals;
  write(data: Buffer, eof: boolean): void;
  closeStdin(): void;
  /**
   * Every process of the command has ended, or stays on purpose (`hasSurvivors`). A pipe that is still open after a while,
   * and idle, is held by a process nobody knows: it is closed. What survivors write is read, so that they do not break, and
   * passed over.
   */
  release(hasSurvivors: boolean): void;
  /** Stops reading: writers get EPIPE. */
  closeOutput(): void;
}
