import { ClientError } from '../client-error.js';
import { Deferred } from '../deferred.js';
import { delay } from '../delay.js';
import type { Greeting } from '../wire/greeting.js';
import type { Connection } from './connection.js';
import { Entrance, type Entry } from './entrance.js';
import type { LinkOptions } from './link-options.js';
import { outcomeUnknown } from './outcome-unknown.js';
import type { Closing } from './transport.js';

/**
 * When a call whose answer was lost with the connection is made again: `always` where it does no harm, `in-session` where
 * the session knows that it was made, `never` else.
 */
export type Repeat = 'always' | 'in-session' | 'never';

/** Another connection has resumed the session. */
const SUPERSEDED = 4001;
/** The service has ended the session, as nothing ran in it. */
const ENDED = 1000;
/** Longest time without a connection on purpose: a session without one is kept for longer. */
const MAX_HOLD_MS = 15_000;

/** A session over as many connections as it takes. */
export class Link {
  readonly #entrance: Entrance;
  readonly #stop = new AbortController();
  #ready = new Deferred<Connection>();
  #connection: Connection | null = null;
  #greeting: Greeting | null = null;
  /** There is no connection on purpose until one is wanted. */
  #rest: Deferred<void> | null = null;
  #isReading = true;
  /** That are under way or wait for a connection. */
  #calls = 0;

  constructor(private readonly options: LinkOptions) {
    this.#entrance = new Entrance(options);
  }

  /** What the service said when the connection came about. */
  get greeting(): Greeting {
    if (this.#greeting === null) throw new Error('The link was not opened');
    return this.#greeting;
  }

  /** Aborted when there is no further connection, with the error that says why. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  get sessionId(): string {
    return this.#entrance.sessionId;
  }

  /** @throws ClientError refused, unreachable, protocol; RpcError session-limit; what the link is stopped with */
  async open(): Promise<void> {
    const { signal } = this.#stop;
    const isPatient = this.options.reconnect?.first === true;
    try {
      this.#use(await (isPatient ? this.#entrance.enterAtLast(true, signal) : this.#entrance.enterAnywhere(signal)));
    } catch (error) {
      this.stop(error as Error);
      throw error;
    }
    void this.#keepUp();
  }

  /**
   * Calls a method, on the next connection where there is none. `accept` gets the result before anything that came after
   * it is looked at.
   * @throws RpcError; ClientError outcome-unknown, too-large; what accept throws; what the link was stopped with
   */
  async call<T>(method: string, params: object, repeat: Repeat, accept: (result: unknown) => T): Promise<T> {
    this.#calls += 1;
    try {
      return await this.#callAtLast(method, params, repeat, accept);
    } finally {
      this.#calls -= 1;
    }
  }

  /**
   * False: what comes should stay with the service. A connection that cannot be paused is given up until more is wanted,
   * for which the service keeps what it has sent in vain.
   */
  read(isReading: boolean): void {
    this.#isReading = isReading;
    if (isReading) this.#rest?.resolve();
    this.#applyReading();
  }

  /** Says goodbye, which ends the session; settles when the service knows, or after `graceMs`. */
  async close(error: Error, graceMs: number): Promise<void> {
    const connection = this.#connection;
    this.stop(error);
    if (connection === null) return;
    connection.close();
    const timer = new AbortController();
    await Promise.race([connection.closed, delay(graceMs, timer.signal).catch(() => undefined)]);
    timer.abort();
    connection.drop();
  }

  /** There is no further connection; whoever waits for one gets the error. */
  stop(error: Error): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(error);
    this.#connection = null;
    this.#rest?.resolve();
    this.#ready.reject(error);
    this.#ready = new Deferred();
    this.#ready.reject(error);
    this.options.owner.ended(error);
  }

  async #keepUp(): Promise<void> {
    try {
      while (this.#connection !== null) {
        const connection: Connection = this.#connection;
        const openedAt = performance.now();
        const closing = await connection.closed;
        if (this.#stop.signal.aborted) return;
        this.#entrance.lasted(performance.now() - openedAt);
        await this.#replace(closing);
      }
    } catch (error) {
      this.#connection?.drop();
      this.stop(error as Error);
    }
  }

  async #replace({ code, reason }: Closing): Promise<void> {
    const lostAt = performance.now();
    this.#connection = null;
    this.#ready = new Deferred();
    const lost = new ClientError({ kind: 'connection-lost', code }, `The connection ended (${code} ${reason})`);
    if (code === SUPERSEDED) throw new ClientError({ kind: 'superseded' }, 'Another connection has taken the session');
    if (this.options.reconnect === null) throw lost;
    const isOver = code === ENDED && this.options.owner.isIdle;
    if (isOver) this.#rest = new Deferred();
    const isRest = this.#rest !== null;
    if (isRest) await this.#untilWanted(isOver ? Infinity : MAX_HOLD_MS);
    else this.options.owner.changed({ state: 'lost', code, reason });
    const entry = await this.#entrance.enterAtLast(isRest, this.#stop.signal);
    this.#use(entry);
    const outageMs = performance.now() - lostAt;
    if (!isRest) this.options.owner.changed({ state: 'restored', resumed: entry.session === 'resumed', outageMs });
  }

  async #callAtLast<T>(method: string, params: object, repeat: Repeat, accept: (result: unknown) => T): Promise<T> {
    let askedIn: string | null = null;
    for (;;) {
      this.#rest?.resolve();
      const connection = await this.#ready.promise;
      if (repeat === 'in-session' && askedIn !== null && askedIn !== this.sessionId)
        throw outcomeUnknown(method, params);
      const session = this.sessionId;
      try {
        return await connection.call(method, params, accept);
      } catch (error) {
        // Nothing was sent: the connection is about to be replaced.
        if (ClientError.is(error, 'unreachable')) await connection.closed;
        else if (!ClientError.is(error, 'connection-lost')) throw error;
        else if (repeat === 'never') throw outcomeUnknown(method, params);
        else askedIn = session;
      }
    }
  }

  #use({ connection, greeting, session }: Entry): void {
    this.#connection = connection;
    this.#greeting = greeting;
    this.#rest = null;
    this.#ready.resolve(connection);
    if (session === 'replaced') this.options.owner.sessionLost();
    this.#applyReading();
  }

  async #untilWanted(maxMs: number): Promise<void> {
    const timer = new AbortController();
    const signal = AbortSignal.any([timer.signal, this.#stop.signal]);
    const bound = maxMs === Infinity ? new Promise(() => undefined) : delay(maxMs, signal);
    await Promise.race([this.#rest?.promise, bound]);
    timer.abort();
  }

  #applyReading(): void {
    const connection = this.#connection;
    if (connection?.isOpen !== true) return;
    if (connection.canPause) connection.read(this.#isReading);
    else if (!this.#isReading && this.#calls === 0 && this.#rest === null) {
      this.#rest = new Deferred();
      connection.drop();
    }
  }
}
