import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { AppConfig } from '../config/app-config.js';
import { inTime } from './in-time.js';
import { type RedisAddress, redisAddress } from './redis-address.js';
import { redisClient } from './redis-client.js';
import { redisFault } from './redis-fault.js';
import { RedisLink } from './redis-link.js';
import { RedisUnavailable } from './redis-unavailable.js';
import { WriteRefusal } from './write-refusal.js';

type RedisState = 'unconfigured' | 'connecting' | 'up' | 'down';

/** Longest that anything waits for an answer. */
const ANSWER_MS = 200;
/** Between two looks at the server while it is down. */
const WATCH_MS = 1000;
/** Looks at a server that is up, one in so many turns, and how long it may take for that one. */
const TURNS_WHILE_UP = 5;
const PATIENT_MS = 900;
/** Looks without an answer after which the connection itself is given up. */
const UNANSWERED_LOOKS = 3;

/**
 * The connection to Redis, made and kept in the background: it holds up neither the start nor the end of the service, and
 * a server that is gone, frozen or refuses is tried for as long as the service runs. A line in the log tells each change.
 */
@Injectable()
export class RedisService implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger(RedisService.name);
  readonly #address: RedisAddress | null;
  readonly #name: string;
  readonly #listeners = new Set<() => void>();
  readonly #refusal = new WriteRefusal();
  readonly #running = new Set<Promise<unknown>>();
  #client: Redis | null = null;
  #watch: NodeJS.Timeout | undefined;
  #state: RedisState;
  #reason: string | null = null;
  /** What was wrong in setting up the connection: it may be ready, in another database than was asked for. */
  #setupFault: string | null = null;
  #isLooking = false;
  #unanswered = 0;
  #turn = 0;
  #hasEnded = false;

  constructor(config: AppConfig) {
    const { url } = config.redis;
    this.#address = url === null ? null : redisAddress(url);
    this.#name = this.#address === null ? 'Redis' : `Redis at ${this.#address.label}`;
    this.#state = url === null ? 'unconfigured' : 'connecting';
    if (url !== null && this.#address === null) this.#fall('REDIS_URL cannot be read');
  }

  get isConfigured(): boolean {
    return this.#state !== 'unconfigured';
  }

  get state(): RedisState {
    return this.#state;
  }

  /** Why it is down, or takes no writes while it is up; null where all is well. */
  get reason(): string | null {
    return this.#reason;
  }

  onModuleInit(): void {
    if (this.#address !== null) void this.#begin(this.#address);
  }

  /**
   * Runs commands on the shared connection. A `write` that is taken shows that writes are taken again.
   * @throws RedisUnavailable at once where Redis is not up, and within 200 ms where it does not answer or refuses all
   * requests, or all writes; an error about the request itself, such as WRONGTYPE, as it is
   */
  async run<T>(work: (client: Redis) => Promise<T>, access: 'read' | 'write' = 'read'): Promise<T> {
    if (this.#client === null || this.#state !== 'up')
      throw new RedisUnavailable(this.#reason ?? `it is ${this.#state}`);
    const running = inTime(work(this.#client), ANSWER_MS, noAnswer);
    this.#running.add(running);
    try {
      const result = await running;
      if (access === 'write') this.#acceptWrites();
      return result;
    } catch (error) {
      const { concerns, reason } = redisFault(error);
      if (concerns === 'request') throw error;
      if (concerns === 'writes') this.#refuseWrites(reason);
      else this.#fall(reason);
      throw new RedisUnavailable(reason);
    } finally {
      this.#running.delete(running);
    }
  }

  /**
   * A connection of the caller's own, who closes it.
   * @param answerMs after which a command without an answer is rejected
   * @throws RedisUnavailable where no server is configured
   */
  link(answerMs: number): Promise<RedisLink> {
    if (this.#address === null) throw new RedisUnavailable(this.#reason ?? 'it is not configured');
    return RedisLink.open(this.#address, answerMs);
  }

  /** Calls `listener`, which must not throw, each time Redis comes up. @returns what stops that */
  onUp(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits for the answers under way, 200 ms at most, and closes the connection. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#watch);
    await Promise.allSettled(this.#running);
    this.#hasEnded = true;
    if (this.isConfigured) this.#state = 'down';
    this.#reason = 'the service has ended';
    this.#client?.disconnect();
  }

  async #begin(address: RedisAddress): Promise<void> {
    const client = await redisClient(address);
    if (this.#hasEnded) return;
    client.on('connect', () => {
      this.#setupFault = null;
    });
    client.on('error', (error: Error) => {
      const { reason } = redisFault(error);
      this.#setupFault = reason;
      if (this.#state !== 'up') this.#fall(reason);
    });
    client.on('ready', () => {
      this.#unanswered = 0;
      void this.#look(client);
    });
    client.on('close', () => {
      if (this.#state !== 'down') this.#fall(this.#setupFault ?? 'the connection was closed');
    });
    this.#client = client;
    this.#connect(client);
    this.#watch = setInterval(this.#takeTurn.bind(this), WATCH_MS, client).unref();
  }

  #connect(client: Redis): void {
    // How it went is told by the client's events.
    client.connect().catch(() => undefined);
  }

  #takeTurn(client: Redis): void {
    this.#turn = (this.#turn + 1) % TURNS_WHILE_UP;
    if (client.status === 'end') this.#connect(client);
    else if (client.status !== 'ready') return;
    else if (this.#setupFault !== null) client.disconnect(true);
    else if (this.#state !== 'up' || this.#turn === 0) void this.#look(client);
  }

  /** Asks whether the server answers. A connection on which it never does, or knows nobody, is replaced. */
  async #look(client: Redis): Promise<void> {
    if (this.#isLooking || this.#setupFault !== null) return;
    this.#isLooking = true;
    const error = await inTime(client.ping(), this.#state === 'up' ? PATIENT_MS : ANSWER_MS, noAnswer).then(
      () => null,
      (failure: unknown) => failure,
    );
    this.#isLooking = false;
    const fault = error === null ? null : redisFault(error);
    this.#unanswered = error instanceof RedisUnavailable ? this.#unanswered + 1 : 0;
    // A refusal of this one command is an answer too.
    if (fault?.concerns !== 'server') this.#rise();
    else this.#fall(fault.reason);
    if (client.status === 'ready' && (this.#unanswered >= UNANSWERED_LOOKS || fault?.isLoginLost))
      client.disconnect(true);
  }

  #rise(): void {
    if (this.#state === 'up' || this.#hasEnded) return;
    this.#state = 'up';
    this.#reason = null;
    this.#logger.log(`${this.#name} answers`);
    for (const listener of this.#listeners) queueMicrotask(listener);
  }

  #fall(reason: string): void {
    if (this.#hasEnded) return;
    const isNews = this.#state !== 'down';
    this.#state = 'down';
    this.#reason = reason;
    this.#refusal.forget();
    if (isNews) this.#logger.warn(`${this.#name} is down: ${reason}`);
  }

  #refuseWrites(reason: string): void {
    if (this.#state !== 'up') return;
    if (this.#refusal.refuse()) this.#logger.warn(`${this.#name} takes no writes: ${reason}`);
    this.#reason = reason;
  }

  #acceptWrites(): void {
    if (!this.#refusal.accept()) return;
    this.#reason = null;
    this.#logger.log(`${this.#name} takes writes again`);
  }
}

function noAnswer(): RedisUnavailable {
  return new RedisUnavailable('it does not answer');
}
