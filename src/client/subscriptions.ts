import { ClientError } from './client-error.js';
import type { ConnectionChange } from './connection/connection-change.js';
import type { LinkOptions, LinkOwner } from './connection/link-options.js';
import { Link } from './connection/link.js';
import { delay } from './delay.js';
import { Deliveries } from './delivery/deliveries.js';
import { Delivery } from './delivery/delivery.js';
import type { Encoding } from './delivery/output-bytes.js';
import { RemoteExecution } from './remote-execution.js';
import { RpcError } from './rpc-error.js';
import type { Resumption } from './wire/resumption.js';
import type { Start } from './wire/start.js';

/** Between two attempts to find an execution that the service cannot look for at the moment. */
const LOOK_AGAIN_MS = 500;

/** The executions that are followed, over all connections of a link: each goes on where it was, or ends with an error. */
export class Subscriptions implements LinkOwner {
  readonly link: Link;
  readonly #deliveries: Deliveries;

  constructor(
    options: Omit<LinkOptions, 'owner'>,
    private readonly bufferBytes: number,
    readonly changed: (change: ConnectionChange) => void,
  ) {
    this.link = new Link({ ...options, owner: this });
    this.#deliveries = new Deliveries((hasRoom) => {
      this.link.read(hasRoom);
    });
  }

  get isIdle(): boolean {
    return this.#deliveries.live.length === 0;
  }

  /** Takes an execution's notifications from here on; whoever followed it before gets ClientError superseded. */
  follow(executionId: string, encoding: Encoding, afterSeq: number, start: Start | null): RemoteExecution {
    this.#deliveries.find(executionId)?.fail(new ClientError({ kind: 'superseded' }, 'It is attached to anew'));
    const delivery = new Delivery(executionId, encoding, afterSeq, this.bufferBytes);
    this.#deliveries.add(delivery);
    return new RemoteExecution(this.link, delivery, encoding, start);
  }

  /** Asks for an execution's notifications. @throws RpcError not-running */
  async attach(
    executionId: string,
    encoding: Encoding,
    afterSeq: number,
    start: Start | null,
  ): Promise<RemoteExecution> {
    return this.link.call('attach', { execution_id: executionId, after_seq: afterSeq }, 'always', () =>
      this.follow(executionId, encoding, afterSeq, start),
    );
  }

  notified(method: string, params: unknown): void {
    this.#deliveries.notified(method, params);
  }

  lastSeqs(): Readonly<Record<string, number>> {
    return this.#deliveries.lastSeqs();
  }

  resumed(resumption: Resumption): void {
    for (const delivery of this.#deliveries.resumed(resumption)) void this.#findAgain(delivery);
  }

  sessionLost(): void {
    for (const delivery of this.#deliveries.live) void this.#findAgain(delivery);
  }

  ended(error: Error): void {
    this.#deliveries.fail(error);
  }

  /** An execution that the session does not have may go on outside of it. */
  async #findAgain(delivery: Delivery): Promise<void> {
    const { executionId } = delivery;
    while (!delivery.isOver) {
      try {
        await this.link.call('attach', { execution_id: executionId, after_seq: delivery.seq }, 'always', () => null);
        return;
      } catch (cause) {
        if (isPassing(cause)) await delay(LOOK_AGAIN_MS, this.link.stopped).catch(() => undefined);
        else {
          const fault = { kind: 'execution-lost', executionId } as const;
          delivery.fail(new ClientError(fault, 'The service does not know the execution', { cause }));
        }
      }
    }
  }
}

function isPassing(error: unknown): boolean {
  return RpcError.is(error, 'rate-limit') || (RpcError.is(error, 'resource-limit') && error.data?.retryable === true);
}
