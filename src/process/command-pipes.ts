import type { EventLog } from '../stream/event-log.js';
import type { StreamName } from '../stream/output-options.js';
import type { OutputSplitter } from '../stream/output-splitter.js';
import { PipeReader, type StreamTotals } from '../stream/pipe-reader.js';
import { CommandStdin } from './command-stdin.js';
import type { ExecutionEvent } from './execution-event.js';
import type { ExecutionPipes, PipeListener } from './execution-pipes.js';

/** File descriptors of this side of a command's FIFOs. A null stdin is empty; of another `fifo` is by O_PATH. */
export interface PipeEnds {
  readonly stdin: { readonly writeEnd: number; readonly fifo: number } | null;
  readonly stdout: number;
  readonly stderr: number;
}

/** Time after the end of a whole tree in which its pipes, idle, may still be held by a process that is not ours. */
const IDLE_PIPE_MS = 200;
/** How often it is looked whether such a pipe has become idle. */
const MAX_PIPE_LOOKS = 5;

const SILENT: PipeListener = { onOutput: noop, onBlocked: noop, onExceeded: noop };

/**
 * The three pipes of a command: its output goes into the log, as fast as the log is read. Owns the descriptors and closes
 * them. Can be made before the command runs; nothing is read until `start`.
 */
export class CommandPipes implements ExecutionPipes {
  readonly #readers: Readonly<Record<StreamName, PipeReader>>;
  readonly #stdin: CommandStdin | null;
  #listener = SILENT;
  #isBlocked = false;
  #hasEnded = false;
  #roomBytes: number;
  #isOverfull = false;
  /** Settles when nothing more will come out of either stream. */
  readonly ended: Promise<void>;

  constructor(
    ends: PipeEnds,
    private readonly log: EventLog<ExecutionEvent>,
    split: (stream: StreamName) => OutputSplitter,
    private readonly maxOutputBytes: number | null = null,
  ) {
    this.#roomBytes = maxOutputBytes ?? Infinity;
    this.#readers = {
      stdout: this.#read(ends.stdout, split('stdout')),
      stderr: this.#read(ends.stderr, split('stderr')),
    };
    this.#stdin = ends.stdin === null ? null : new CommandStdin(ends.stdin.writeEnd, ends.stdin.fifo);
    this.ended = Promise.all([this.#readers.stdout.ended, this.#readers.stderr.ended]).then(() => {
      this.#hasEnded = true;
    });
  }

  get isStdinOpen(): boolean {
    return this.#stdin?.isOpen ?? false;
  }

  /** Bytes given to the command that it has not read. */
  get unreadInputBytes(): number {
    return this.#stdin?.unreadBytes ?? 0;
  }

  /** The command runs: its output is read, and it is given its input where that is known already. */
  start(listener: PipeListener, input: Buffer | null): void {
    this.#listener = listener;
    this.log.onRoom = () => {
      this.#flow(true);
    };
    if (input !== null) this.write(input, true);
    this.#flow(true);
  }

  bytes(stream: StreamName): number {
    return this.#readers[stream].bytes;
  }

  /** The totals of a stream. To be called once, after `ended`. */
  totals(stream: StreamName): StreamTotals {
    return this.#readers[stream].totals();
  }

  write(data: Buffer, eof: boolean): void {
    this.#stdin?.write(data);
    if (eof) this.#stdin?.end();
  }

  closeStdin(): void {
    this.#stdin?.close();
  }

  /**
   * Every process of the command has ended, or stays on purpose (`hasSurvivors`). A pipe that is still open after a while,
   * and idle, is held by a process nobody knows: it is closed. What survivors write is read, so that they do not break, and
   * passed over.
   */
  release(hasSurvivors: boolean, seen = -1, looksLeft = MAX_PIPE_LOOKS): void {
    setTimeout(() => {
      if (this.#isOverfull && !hasSurvivors) this.closeOutput();
      if (this.#hasEnded) return;
      const bytes = this.bytes('stdout') + this.bytes('stderr');
      if (this.#isBlocked) this.release(hasSurvivors, bytes, looksLeft);
      else if (bytes !== seen && looksLeft > 0 && !hasSurvivors) this.release(false, bytes, looksLeft - 1);
      else if (hasSurvivors) for (const reader of Object.values(this.#readers)) reader.discard();
      else this.closeOutput();
    }, IDLE_PIPE_MS);
  }

  /** Stops reading: writers get EPIPE. */
  closeOutput(): void {
    for (const reader of Object.values(this.#readers)) reader.close();
  }

  #read(fd: number, splitter: OutputSplitter): PipeReader {
    const admit = (length: number): number => this.#admit(length);
    const reader = new PipeReader(fd, admit, (chunk) => {
      this.#listener.onOutput();
      splitter.push(chunk);
      if (this.log.full) this.#flow(false);
    });
    void reader.ended.then(() => {
      splitter.end();
    });
    return reader;
  }

  /** How many of the bytes that were read are passed on. */
  #admit(length: number): number {
    const admitted = Math.min(length, this.#roomBytes);
    this.#roomBytes -= admitted;
    if (admitted < length && !this.#isOverfull) {
      this.#isOverfull = true;
      // What is admitted is passed on first.
      queueMicrotask(() => {
        this.#overflow(length - admitted);
      });
    }
    return admitted;
  }

  #overflow(excessBytes: number): void {
    for (const reader of Object.values(this.#readers)) reader.discard();
    const limitBytes = this.maxOutputBytes ?? 0;
    this.#listener.onExceeded(limitBytes, limitBytes + excessBytes);
  }

  /** Lets the command write, or blocks it. */
  #flow(on: boolean): void {
    for (const reader of Object.values(this.#readers)) {
      if (on) reader.resume();
      else reader.pause();
    }
    this.#isBlocked = !on;
    this.#listener.onBlocked(!on);
  }
}

function noop(): void {
  // nothing is to be done
}
