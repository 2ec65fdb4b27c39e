import type { ExecutionEvent } from '../process/execution-event.js';
import { FrameBlock } from '../rpc/frame-block.js';
import type { Peer } from '../rpc/peer.js';
import type { EventSource } from '../stream/event-source.js';
import type { LogRecord } from '../stream/log/log-record.js';
import { eventNotification } from './event-notification.js';
import { OutputEncoder } from './output-encoder.js';

/** What is fed, as the wire names it. */
export interface FedExecution {
  readonly id: string;
  readonly pid: number;
  readonly sessionId: string;
  readonly encoding: 'utf8' | 'base64';
}

/**
 * Carries the events of one execution from its log to one client, in order and each once, as fast as the client takes
 * them and never faster; what the log did not keep is told as `gap`. Tells the log what the client has received. One turn
 * of the event loop sends one block at most, so that a flood leaves room for everyone else.
 */
export class ExecutionFeed {
  readonly #encoder: OutputEncoder;
  #isWaiting = false;
  #isStopped = false;
  #hasEnded = false;

  constructor(
    private readonly execution: FedExecution,
    private readonly source: EventSource<ExecutionEvent>,
    private readonly peer: Peer,
    /** Called once, when the client has received the last event. */
    private readonly onEnd: () => void = noop,
  ) {
    this.#encoder = new OutputEncoder(execution.id, execution.encoding);
  }

  /** Begins with what the log already holds. */
  start(): void {
    if (this.#isStopped) return;
    this.source.onAppend = () => {
      if (!this.#isWaiting) this.#pump();
    };
    this.#pump();
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#isStopped = true;
    this.source.close();
  }

  #pump(): void {
    if (this.#isStopped) return;
    const { source } = this;
    const fromSeq = source.nextSeq;
    let block: FrameBlock | null = null;
    let record: LogRecord<ExecutionEvent> | null;
    for (;;) {
      record = source.peek();
      if (source.gap !== null) {
        block = this.#flush(block);
        this.#tellGap();
      }
      if (record === null) break;
      if (record.kind === 'output') {
        if (!this.peer.isWritable || block?.isFull === true) break;
        block ??= new FrameBlock();
        source.advance(this.#encoder.write(record, source.nextSeq, block));
      } else {
        if (!this.peer.isAnswerable) break;
        block = this.#flush(block);
        this.#tell(record.seq, record.event);
        source.advance(1);
      }
    }
    this.#flush(block);
    if (source.nextSeq > fromSeq) this.#account();
    if (record !== null) this.#wait();
  }

  #tell(seq: number, event: ExecutionEvent): void {
    const { method, params } = eventNotification(this.execution, seq, event);
    this.peer.notify(method, params);
    this.#hasEnded = event.type === 'completed' || event.type === 'lost';
  }

  #tellGap(): void {
    const { id, sessionId } = this.execution;
    this.peer.notify('gap', { execution_id: id, session_id: sessionId, ...this.source.takeGap() });
  }

  #flush(block: FrameBlock | null): null {
    if (block !== null) this.peer.sendBlock(block);
    return null;
  }

  /** What was sent counts once the client has received it. */
  #account(): void {
    const seq = this.source.nextSeq - 1;
    const hasEnded = this.#hasEnded;
    this.peer.whenReceived(this, () => {
      this.source.acknowledge(seq);
      if (!hasEnded || this.#isStopped) return;
      this.stop();
      this.onEnd();
    });
    if (hasEnded || this.source.isPressed) this.peer.askReceipt();
  }

  #wait(): void {
    this.#isWaiting = true;
    const goOn = (): void => {
      this.#isWaiting = false;
      this.#pump();
    };
    if (this.peer.isWritable) setImmediate(goOn);
    else this.peer.whenDrained(goOn);
  }
}

function noop(): void {
  // no one listens
}
