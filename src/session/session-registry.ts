import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { RedisService } from '../redis/redis.service.js';

/** Whether a session may be, and how many there are with it. */
export interface Admission {
  readonly isAdmitted: boolean;
  readonly currentSessions: number;
}

const INDEX = 'cc_executor:sessions';
/** Time after which the sessions of a service that died count no more. */
const LIFE_MS = 60_000;
const REFRESH_MS = 20_000;
/** Sessions renewed by one call, so that no call takes Redis long. */
const BATCH = 500;

/**
 * KEYS: the index, a sorted set of session ids by the time they expire. ARGV: life in ms, most sessions (-1 = any), what
 * is said of the session, ids. Registers all of the ids, or none where the first one would be one too many; the server's
 * own clock counts. Returns whether it did and how many sessions there are.
 */
const REGISTER = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local life, most = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local count = redis.call('ZCARD', KEYS[1])
if most >= 0 and count >= most then return {0, count} end
for i = 4, #ARGV do
  redis.call('ZADD', KEYS[1], now + life, ARGV[i])
  redis.call('SET', KEYS[1] .. ':' .. ARGV[i], ARGV[3], 'PX', life)
end
return {1, redis.call('ZCARD', KEYS[1])}`;

/**
 * The sessions of all services that share a Redis, each under cc_executor:sessions:{id} for as long as its service
 * renews it. Where there is no Redis, or it is away, nobody is counted and everybody admitted: each service has its own
 * limit still.
 */
@Injectable()
export class SessionRegistry implements OnModuleDestroy {
  readonly #ids = new Set<string>();
  readonly #timer: NodeJS.Timeout | null = null;
  readonly #forgetReturn: () => void;

  constructor(
    private readonly config: AppConfig,
    private readonly redis: RedisService,
  ) {
    if (redis.isConfigured) this.#timer = setInterval(() => void this.#renew(), REFRESH_MS).unref();
    this.#forgetReturn = redis.onUp(() => void this.#renew());
  }

  /** True where a session is admitted by all services together, which takes a question to Redis. */
  get isShared(): boolean {
    return this.config.session.scope === 'cluster' && this.redis.state === 'up';
  }

  /** Registers a session and tells whether there is room for it. Never rejects, and never takes long. */
  async admit(id: string): Promise<Admission> {
    const { scope, maxSessions } = this.config.session;
    const admission = await this.#register([id], scope === 'cluster' ? maxSessions : -1);
    if (admission.isAdmitted) this.#ids.add(id);
    return admission;
  }

  /** Takes a session out, in the background. */
  remove(id: string): void {
    if (!this.#ids.delete(id)) return;
    void this.#run(() =>
      this.redis.run((client) => client.multi().zrem(INDEX, id).del(`${INDEX}:${id}`).exec(), 'write'),
    );
  }

  onModuleDestroy(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#forgetReturn();
  }

  async #renew(): Promise<void> {
    const ids = [...this.#ids];
    for (let from = 0; from < ids.length; from += BATCH) await this.#register(ids.slice(from, from + BATCH), -1);
  }

  async #register(ids: readonly string[], maxSessions: number): Promise<Admission> {
    const about = JSON.stringify({ pid: process.pid, registered_at: Date.now() / 1000 });
    const reply = await this.#run(() =>
      this.redis.run((client) => client.eval(REGISTER, 1, INDEX, LIFE_MS, maxSessions, about, ...ids), 'write'),
    );
    const [admitted, count] = Array.isArray(reply) ? (reply as unknown[]) : [];
    return { isAdmitted: admitted !== 0, currentSessions: typeof count === 'number' ? count : this.#ids.size };
  }

  /** Redis tells its own state; sessions go on without it. */
  async #run(work: () => Promise<unknown>): Promise<unknown> {
    return this.redis.isConfigured ? work().catch(() => null) : null;
  }
}
