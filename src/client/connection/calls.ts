import { ClientError } from '../client-error.js';
import { Deferred } from '../deferred.js';
import type { RpcError } from '../rpc-error.js';

interface Call {
  readonly accept: (result: unknown) => unknown;
  readonly answer: Deferred<unknown>;
}

/** The requests of one connection that await their answers. */
export class Calls {
  /** Largest request the service takes. */
  maxMessageBytes = Infinity;
  readonly #open = new Map<number, Call>();
  #nextId = 1;

  get size(): number {
    return this.#open.size;
  }

  /** A new request's text, and what becomes of it. @throws ClientError too-large */
  add(
    method: string,
    params: object,
    accept: (result: unknown) => unknown,
  ): { readonly text: string; readonly answer: Promise<unknown> } {
    const id = this.#nextId;
    const text = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    this.#requireSize(text);
    const answer = new Deferred<unknown>();
    this.#nextId += 1;
    this.#open.set(id, { accept, answer });
    return { text, answer: answer.promise };
  }

  /** Gives a request its answer; one that is not known is passed over. */
  settle(id: number, outcome: { readonly result: unknown } | { readonly error: RpcError }): void {
    const call = this.#open.get(id);
    if (call === undefined) return;
    this.#open.delete(id);
    if ('error' in outcome) {
      call.answer.reject(outcome.error);
      return;
    }
    try {
      call.answer.resolve(call.accept(outcome.result));
    } catch (error) {
      call.answer.reject(error);
    }
  }

  /** No answers come any more. */
  fail(error: Error): void {
    for (const { answer } of this.#open.values()) answer.reject(error);
    this.#open.clear();
  }

  #requireSize(text: string): void {
    const limitBytes = this.maxMessageBytes;
    // No UTF-16 code unit takes more than three bytes of UTF-8.
    if (text.length * 3 <= limitBytes) return;
    const bytes = new TextEncoder().encode(text).length;
    if (bytes <= limitBytes) return;
    throw new ClientError(
      { kind: 'too-large', bytes, limitBytes },
      `The request has ${bytes} bytes, over ${limitBytes}`,
    );
  }
}
