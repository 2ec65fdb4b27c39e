import type { Execution } from '../process/execution.js';
import { FrameBlock } from '../rpc/frame-block.js';
import type { Peer } from '../rpc/peer.js';
import { eventNotification } from './event-notification.js';
import { OutputEncoder } from './output-encoder.js';

/**
 * Carries the events of one execution from its log to its client, in order, as fast as the client takes them and never
 * faster. One turn of the event loop sends one block at most, so that a flood leaves room for everyone else.
 */
export class ExecutionFeed {
  readonly #encoder: OutputEncoder;
  #isWaiting = false;

  constructor(
    private readonly execution: Execution,
    private readonly sessionId: string,
    private readonly peer: Peer,
  ) {
    this.#encoder = new OutputEncoder(execution.id, execution.request.output.encoding);
  }

  /** Begins with what the log already holds. */
  start(): void {
    this.execution.log.onAppend = () => {
      if (!this.#isWaiting) this.#pump();
    };
    this.#pump();
  }

  #pump(): void {
    const { log } = this.execution;
    let block: FrameBlock | null = null;
    for (let record = log.peek(); record !== null; record = log.peek()) {
      if (record.kind === 'output') {
        if (!this.peer.isWritable || block?.isFull === true) break;
        block ??= new FrameBlock();
        if (this.#encoder.write(record, block)) log.take();
      } else {
        if (block !== null) this.peer.sendBlock(block);
        block = null;
        const { method, params } = eventNotification(this.execution, this.sessionId, record.seq, record.event);
        this.peer.notify(method, params);
        log.take();
      }
    }
    if (block !== null) this.peer.sendBlock(block);
    if (log.peek() !== null) this.#wait();
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
