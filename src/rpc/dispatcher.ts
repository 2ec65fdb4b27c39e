import type { MessageMappingProperties } from '@nestjs/websockets';
import { isObservable, lastValueFrom } from 'rxjs';
import { Call } from './call.js';
import type { CallAttendant } from './call-attendant.js';
import { parseMessage, type Request, responseText } from './message.js';
import type { Peer } from './peer.js';
import { RpcError } from './rpc-error.js';

/** Frames waiting above which the connection is not read, and below which it is again. */
const MAX_WAITING = 64;
const FEW_WAITING = 16;

/** Requests of one connection that may be under way at once. */
const MAX_UNANSWERED = 16;

/** Time after which other connections get their turn. */
const TURN_MS = 10;

/** Refuses nothing and keeps no record. */
const NOBODY: CallAttendant = { turn: () => null, refusal: () => null, finished: () => undefined };

type Handler = MessageMappingProperties['callback'];

/**
 * Answers the frames of one connection. Requests begin in the order in which they came; a handler that returns an
 * Observable lets the next one begin before it is done.
 */
export class Dispatcher {
  #waiting: string[] = [];
  #busy = false;
  #paused = false;
  #turnStart = 0;
  /** Requests that have begun and are not answered. */
  #unanswered = 0;
  #onAnswered: () => void = () => undefined;

  constructor(
    private readonly peer: Peer,
    private readonly handlers: ReadonlyMap<string, Handler>,
    private readonly attendant: CallAttendant = NOBODY,
  ) {}

  take(text: string): void {
    this.#waiting.push(text);
    if (!this.#busy) void this.#drain();
    else if (this.#waiting.length > MAX_WAITING && !this.#paused) {
      this.#paused = true;
      this.peer.pause();
    }
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    this.#turnStart = performance.now();
    for (let text = this.#waiting.shift(); text !== undefined; text = this.#waiting.shift()) {
      await this.#answer(text);
      while (this.#unanswered >= MAX_UNANSWERED) await this.#answered();
      if (!this.peer.isAnswerable) await this.#drained();
      if (this.#paused && this.#waiting.length < FEW_WAITING) {
        this.#paused = false;
        this.peer.resume();
      }
    }
    this.#busy = false;
  }

  /** Settles when every request of the frame has begun. */
  async #answer(text: string): Promise<void> {
    let message;
    try {
      message = parseMessage(text);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.peer.reply(null, { error: (await this.#refusal()) ?? error });
      return;
    }
    if (message.batch) await this.#answerBatch(message.requests);
    else {
      const call = new Call(message.request);
      const { done } = await this.#begin(call);
      void done.then((response) => {
        if (response !== null) this.peer.send(response);
        call.replied();
      });
    }
  }

  async #answerBatch(requests: readonly (Request | RpcError)[]): Promise<void> {
    const calls: Call[] = [];
    const responses: Promise<string | null>[] = [];
    for (const request of requests) {
      if (request instanceof RpcError) {
        const error = (await this.#refusal()) ?? request;
        responses.push(Promise.resolve(responseText(null, { error })));
        continue;
      }
      const call = new Call(request);
      calls.push(call);
      responses.push((await this.#begin(call)).done);
    }
    void Promise.all(responses).then((all) => {
      const texts = all.filter((response) => response !== null);
      if (texts.length > 0) this.peer.send(`[${texts.join(',')}]`);
      for (const call of calls) call.replied();
    });
  }

  /** Settles when the call has begun; `done` with its response, null for a notification. Neither rejects. */
  async #begin(call: Call): Promise<{ done: Promise<string | null> }> {
    const { id, method } = call.request;
    const handler = this.handlers.get(method);
    const turn = this.attendant.turn(method);
    if (turn !== null) await turn;
    const refusal = await this.#refusal();
    let result: unknown = null;
    if (refusal !== null) call.fail(refusal);
    else if (handler === undefined) call.fail(RpcError.methodNotFound(method));
    else result = (await handler(call)) as unknown;
    this.#unanswered++;
    const done = this.#finish(call, id, result).finally(() => {
      this.#unanswered--;
      this.#onAnswered();
    });
    await this.#yield();
    return { done };
  }

  async #finish(call: Call, id: Request['id'], begun: unknown): Promise<string | null> {
    const result: unknown = isObservable(begun) ? await lastValueFrom(begun, { defaultValue: null }) : begun;
    this.attendant.finished(this.peer, call);
    if (id === undefined) return null;
    return responseText(id, call.error === null ? { result } : { error: call.error });
  }

  #refusal(): RpcError | null | Promise<RpcError | null> {
    return this.attendant.refusal(this.peer);
  }

  #answered(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAnswered = resolve;
    });
  }

  /** A client that asks and does not read gets its next answers when it has read. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.peer.whenDrained(resolve);
    });
  }

  /** A flood of requests must not keep the event loop from everyone else. */
  async #yield(): Promise<void> {
    if (performance.now() - this.#turnStart < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#turnStart = performance.now();
  }
}
