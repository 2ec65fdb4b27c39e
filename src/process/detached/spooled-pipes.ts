import { Logger } from '@nestjs/common';
import type { EventLog } from '../../stream/event-log.js';
import type { StreamName } from '../../stream/output-options.js';
import type { OutputSplitter, SplitterState } from '../../stream/output-splitter.js';
import type { StreamTotals } from '../../stream/pipe-reader.js';
import type { ExecutionEvent } from '../execution-event.js';
import type { ExecutionPipes, PipeListener } from '../execution-pipes.js';
import type { Order } from '../launcher/order.js';
import type { SpoolFrame } from '../launcher/spool/spool-frame.js';
import type { Checkpoint, JournalEntry } from './journal-entry.js';
import { SpoolSegments } from './spool-segments.js';
import { SpoolTail } from './spool-tail.js';
import { spoolTotals } from './spool-totals.js';
import { excessFrom, totalsFrom } from './spool-values.js';

/** An event that an earlier service has numbered. */
type PastEvent = Extract<JournalEntry, { readonly entry: 'event' }>;

/** How the launcher and those who come later are told. */
export interface SpoolMeans {
  readonly id: string;
  readonly directory: string;
  readonly order: (order: Extract<Order, { readonly id: string }>) => void;
  readonly journal: (entry: JournalEntry) => void;
}

/** Most that is taken in one turn of the event loop. */
const TURN_BYTES = 262_144;
const IDLE_PIPE_MS = 200;
const MAX_PIPE_LOOKS = 5;

const SILENT: PipeListener = { onOutput: noop, onBlocked: noop, onExceeded: noop };

/**
 * The pipes of a command that the launcher has: its output comes from the spool, in the same order and the same pieces to
 * every service that reads it, and the events that an earlier one has numbered come in their places.
 */
export class SpooledPipes implements ExecutionPipes {
  readonly #tail: SpoolTail;
  readonly #splitters: Readonly<Record<StreamName, OutputSplitter>>;
  readonly #bytes: Record<StreamName, number>;
  readonly #totals: Partial<Record<StreamName, StreamTotals>> = {};
  #past: PastEvent[] = [];
  readonly #segments: SpoolSegments;
  #listener = SILENT;
  #spooledBytes = 0;
  /** What was told before there was a listener. */
  #excess: readonly [number, number] | null = null;
  #isStarted = false;
  /** The spool cannot be read any further. */
  #isDamaged = false;
  #isScheduled = false;
  #isBlocked = false;
  #unreadInputBytes = 0;
  readonly ended: Promise<void>;
  #end: () => void = noop;

  /**
   * @param split makes the splitter of a stream; what it emits is preceded by a call of `catchUp`
   * @param isInputOpen true where stdin is fed by `write`
   * @param from where to begin; null = at the begin
   */
  constructor(
    private readonly means: SpoolMeans,
    private readonly log: EventLog<ExecutionEvent>,
    split: (stream: StreamName, from: SplitterState | null) => OutputSplitter,
    private isInputOpen: boolean,
    from: Checkpoint | null = null,
  ) {
    this.#tail = new SpoolTail(means.directory, from?.segment, from?.spoolBytes);
    this.#splitters = {
      stdout: split('stdout', from?.splitters.stdout ?? null),
      stderr: split('stderr', from?.splitters.stderr ?? null),
    };
    this.#bytes = { ...(from?.bytes ?? { stdout: 0, stderr: 0 }) };
    this.#segments = new SpoolSegments(means.directory, from ?? this.#checkpoint());
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** True while what comes has been told before. */
  get isReplaying(): boolean {
    return this.#past.length > 0;
  }

  get isStdinOpen(): boolean {
    return this.isInputOpen;
  }

  get unreadInputBytes(): number {
    return this.#unreadInputBytes;
  }

  /**
   * Brings the log to where an earlier service has left it, or further, however full that is.
   * @param spooledBytes what the spool has: nobody can have got more
   */
  replay(entries: readonly JournalEntry[], spooledBytes: number): void {
    const { nextSeq } = this.log;
    this.#spooledBytes = spooledBytes;
    this.#past = entries.filter((entry) => entry.entry === 'event').filter(({ seq }) => seq >= nextSeq);
    this.catchUp();
    this.#read((frame) => {
      this.#take(frame);
      return this.isReplaying || this.#tail.takenBytes < spooledBytes;
    });
    // What is missing of the spool cannot be waited for.
    for (const { event } of this.#past.splice(0)) this.log.appendEvent(event);
  }

  /** The events whose turn it is go into the log. */
  catchUp(): void {
    for (let next = this.#past[0]; next !== undefined && next.seq <= this.log.nextSeq; next = this.#past[0]) {
      this.#past.shift();
      this.log.appendEvent(next.event);
    }
  }

  /** What the launcher had when it was found again. */
  adopt(isInputOpen: boolean): void {
    this.isInputOpen &&= isInputOpen;
    this.means.order({ order: 'consumed', id: this.means.id, bytes: this.#tail.takenBytes });
  }

  /** A given input has gone to the launcher with the order to start. */
  start(listener: PipeListener): void {
    this.#listener = listener;
    this.#isStarted = true;
    if (this.#excess !== null) listener.onExceeded(...this.#excess);
    if (this.#isDamaged) {
      this.#giveUp();
      return;
    }
    this.log.onRoom = () => {
      this.#setBlocked(false);
      this.#soon();
    };
    this.#soon();
  }

  /** From the launcher. */
  spooled(bytes: number): void {
    if (this.#isDamaged) return;
    this.#spooledBytes = bytes;
    if (this.#isStarted && !this.#isScheduled) this.#pump();
  }

  /** From the launcher. */
  taken(bytes: number, isClosed: boolean): void {
    this.#unreadInputBytes = Math.max(0, this.#unreadInputBytes - bytes);
    if (isClosed) this.isInputOpen = false;
  }

  bytes(stream: StreamName): number {
    return this.#bytes[stream];
  }

  totals(stream: StreamName): StreamTotals {
    return this.#totals[stream] ?? { bytes: this.#bytes[stream], sha256: null };
  }

  write(data: Buffer, eof: boolean): void {
    this.#unreadInputBytes += data.length;
    if (eof) this.isInputOpen = false;
    this.means.order({ order: 'input', id: this.means.id, data: data.toString('base64'), eof });
  }

  closeStdin(): void {
    this.isInputOpen = false;
    this.means.order({ order: 'close-input', id: this.means.id });
  }

  release(hasSurvivors: boolean, seen = -1, looksLeft = MAX_PIPE_LOOKS): void {
    setTimeout(() => {
      if (this.#hasEnded) return;
      const bytes = this.#tail.takenBytes;
      if (this.#isBlocked || bytes < this.#spooledBytes) this.release(hasSurvivors, bytes, looksLeft);
      else if (bytes !== seen && looksLeft > 0 && !hasSurvivors) this.release(false, bytes, looksLeft - 1);
      else this.#stop(hasSurvivors ? 'discard' : 'close');
    }, IDLE_PIPE_MS);
  }

  closeOutput(): void {
    this.#stop('close');
  }

  /** The launcher died: what the spool has is all there is. */
  lost(): void {
    try {
      if (!this.#hasEnded) this.#tail.read((frame) => this.#take(frame));
      Object.assign(this.#totals, spoolTotals(this.means.directory));
    } catch {
      // What cannot be read is lost with it.
    }
    this.#spooledBytes = this.#tail.takenBytes;
    for (const splitter of Object.values(this.#splitters)) splitter.end();
    this.close();
    this.#end();
  }

  /** Nothing is read any more. */
  close(): void {
    this.#isStarted = false;
    this.#tail.close();
  }

  get #hasEnded(): boolean {
    return this.#totals.stdout !== undefined && this.#totals.stderr !== undefined;
  }

  #stop(act: 'discard' | 'close'): void {
    this.means.order({ order: 'output', id: this.means.id, act });
  }

  #soon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#isStarted) this.#pump();
    });
  }

  #pump(): void {
    const before = this.#tail.takenBytes;
    if (this.log.full || before >= this.#spooledBytes) {
      this.#setBlocked(this.log.full);
      return;
    }
    this.#read((frame) => {
      this.#take(frame);
      return !this.log.full && this.#tail.takenBytes - before < TURN_BYTES;
    });
    if (this.#isDamaged) {
      this.#giveUp();
      return;
    }
    const { takenBytes } = this.#tail;
    if (takenBytes > before) this.means.order({ order: 'consumed', id: this.means.id, bytes: takenBytes });
    // What was taken may have filled the log: the next turn tells.
    if (takenBytes > before) this.#soon();
    if (this.#hasEnded) this.close();
  }

  /** Hands over frames as long as there are any, `take` wants more and they can be read. */
  #read(take: (frame: SpoolFrame) => boolean): void {
    try {
      this.#tail.read(take);
    } catch (error) {
      this.#isDamaged = true;
      new Logger('Spool').error(`The output of ${this.means.id} cannot be read: ${String(error)}`);
    }
  }

  /** The command goes on, and nobody waits for what it prints. */
  #giveUp(): void {
    this.#stop('discard');
    this.lost();
  }

  /** @returns true */
  #take({ kind, data }: SpoolFrame): boolean {
    switch (kind) {
      case 'stdout':
      case 'stderr':
        this.#listener.onOutput();
        this.#bytes[kind] += data.length;
        this.#splitters[kind].push(data);
        break;
      case 'stdout-end':
        this.#endStream('stdout', data);
        break;
      case 'stderr-end':
        this.#endStream('stderr', data);
        break;
      case 'exceeded': {
        const excess = excessFrom(data);
        if (this.#isStarted) this.#listener.onExceeded(...excess);
        else this.#excess = excess;
        break;
      }
      case 'next':
        this.#turn();
    }
    this.catchUp();
    return true;
  }

  #endStream(stream: StreamName, data: Buffer): void {
    this.#splitters[stream].end();
    this.#totals[stream] = totalsFrom(data);
    if (this.#hasEnded) this.#end();
  }

  /** Another segment begins. */
  #turn(): void {
    const checkpoint = this.#checkpoint();
    if (!this.isReplaying) this.means.journal({ entry: 'checkpoint', checkpoint });
    this.#segments.begin(checkpoint, this.log.firstSeq);
  }

  #checkpoint(): Checkpoint {
    const { stdout, stderr } = this.#splitters;
    return {
      segment: this.#tail.segmentIndex,
      spoolBytes: this.#tail.takenBytes,
      seq: this.log.nextSeq,
      bytes: { ...this.#bytes },
      splitters: { stdout: stdout.state, stderr: stderr.state },
    };
  }

  #setBlocked(isBlocked: boolean): void {
    if (this.#isBlocked === isBlocked) return;
    this.#isBlocked = isBlocked;
    this.#listener.onBlocked(isBlocked);
  }
}

function noop(): void {
  // nothing is to be done
}
