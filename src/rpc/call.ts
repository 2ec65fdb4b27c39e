import type { Request } from './message.js';
import type { RpcError } from './rpc-error.js';

/** One request on its way through the service. */
export class Call {
  #error: RpcError | null = null;
  #afterReply: (() => void)[] = [];
  /** What the call turned out to be about, for those who keep a record. */
  subject: string | null = null;

  constructor(readonly request: Request) {}

  /** The request's parameters, as sent. */
  get params(): unknown {
    return this.request.params;
  }

  /** What the call is answered with instead of a result. */
  get error(): RpcError | null {
    return this.#error;
  }

  fail(error: RpcError): void {
    this.#error = error;
  }

  /** Runs once the reply is on its way (for a notification: once it is done), so that nothing overtakes it. */
  afterReply(action: () => void): void {
    this.#afterReply.push(action);
  }

  /** To be called once, by whoever sends the reply. */
  replied(): void {
    for (const action of this.#afterReply) action();
    this.#afterReply = [];
  }
}
