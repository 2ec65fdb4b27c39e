import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { RedisService } from '../../redis/redis.service.js';
import { HistoryStore } from './history-store.js';
import { CLOCK_DIFFERENCE_MS, MAX_STORED_RUN_CHARACTERS, runFromStored, storedRun } from './stored-run.js';
import { KEPT_RUNS, type TaskRun } from '../task-run.js';

/** Most bytes of one task's history that the server looks through; one that is larger is none of ours. */
const MAX_HISTORY_BYTES = 1_048_576;

/**
 * The members that can be runs, so that no other leaves the server.
 * KEYS: history. ARGV: runs kept, longest run, most bytes in all.
 */
const READ = `
local bytes = redis.pcall('MEMORY', 'USAGE', KEYS[1], 'SAMPLES', 2 * ARGV[1])
if type(bytes) == 'number' and bytes > tonumber(ARGV[3]) then return {} end
local found = {}
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], -ARGV[1], -1)) do
  if #member <= tonumber(ARGV[2]) then found[#found + 1] = member end
end
return found`;

/**
 * Adds a run that is not there yet, and counts it. A count that is no number starts at 0 again. What no service can have
 * put there goes: a history that is too large, and what is dated so late that it would stand before all runs for ever.
 * KEYS: history, stats. ARGV: run, end of the run, its id as it stands in the run, runs kept, milliseconds to live,
 * milliseconds it took, 1 where it was cut short, the latest end there can be, most bytes in all.
 * A full server refuses the first write of a script only: that has to be the one that takes room.
 */
const APPEND = `
local bytes = redis.pcall('MEMORY', 'USAGE', KEYS[1], 'SAMPLES', 2 * ARGV[4])
if type(bytes) == 'number' and bytes > tonumber(ARGV[9]) and redis.call('TYPE', KEYS[1]).ok == 'zset' then
  redis.call('UNLINK', KEYS[1])
end
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if string.find(member, ARGV[3], 1, true) then return 0 end
end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. ARGV[8], '+inf')
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -ARGV[4] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
local counts = redis.call('HMGET', KEYS[2], 'runs', 'completed', 'censored', 'total_ms', 'max_ms')
local function count(position)
  local value = tonumber(counts[position])
  return value and value >= 0 and value < 2 ^ 53 and value or 0
end
local cut = tonumber(ARGV[7])
redis.call('HSET', KEYS[2],
  'runs', count(1) + 1,
  'completed', count(2) + 1 - cut,
  'censored', count(3) + cut,
  'total_ms', count(4) + ARGV[6],
  'max_ms', math.max(count(5), ARGV[6]),
  'updated_at', ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return 1`;

/**
 * History in Redis, shared by all services that use it: under `cc_executor:times:KEY:history` a sorted set of runs by the
 * time of their end, under `…:stats` a hash with `runs`, `completed`, `censored`, `total_ms`, `max_ms` and `updated_at` of
 * all there have been. Both are gone HISTORY_TTL after the last run.
 */
@Injectable()
export class RedisHistoryStore extends HistoryStore {
  readonly name = 'Redis';

  constructor(
    private readonly redis: RedisService,
    private readonly config: AppConfig,
  ) {
    super();
  }

  /** @throws RedisUnavailable within 200 ms; the server's error where the key holds something else than a sorted set */
  override async read(key: string): Promise<TaskRun[]> {
    const found = await this.redis.run((client) =>
      client.eval(READ, 1, historyName(key), KEPT_RUNS, MAX_STORED_RUN_CHARACTERS, MAX_HISTORY_BYTES),
    );
    const now = Date.now();
    return (found as string[])
      .map((member) => runFromStored(member, now))
      .filter((run) => run !== null)
      .sort((a, b) => a.endedAt - b.endedAt);
  }

  /** @throws as `read`; the keys that hold what they should have taken the run nevertheless */
  override async append(keys: readonly string[], run: TaskRun): Promise<void> {
    const text = storedRun(run);
    const id = `"id":${JSON.stringify(run.executionId)}`;
    const [endedAt, tookMs, cut] = [
      Math.round(run.endedAt),
      Math.round(run.durationMs),
      Number(run.isDurationCensored),
    ];
    const ttlMs = Math.ceil(this.config.timeout.historyTtlMs);
    const latest = Date.now() + CLOCK_DIFFERENCE_MS;
    await this.redis.run(async (client) => {
      const pipeline = client.pipeline();
      for (const key of keys) {
        const names = [historyName(key), `cc_executor:times:${key}:stats`] as const;
        pipeline.eval(APPEND, 2, ...names, text, endedAt, id, KEPT_RUNS, ttlMs, tookMs, cut, latest, MAX_HISTORY_BYTES);
      }
      for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
    }, 'write');
  }
}

function historyName(key: string): string {
  return `cc_executor:times:${key}:history`;
}
