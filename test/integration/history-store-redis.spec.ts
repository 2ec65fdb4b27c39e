import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type * as LoadConfig from '../../src/config/load-config.js';
import type * as Redis from '../../src/redis/redis.service.js';
import type * as Store from '../../src/timeout/history/redis-history.store.js';
import type * as Stored from '../../src/timeout/history/stored-run.js';
import { eventually, within } from '../e2e/support/eventually.js';
import { built } from '../support/built.js';
import { describeRedis } from '../support/describe-redis.js';
import { LogLines } from '../support/log-lines.js';
import { RedisServer } from '../support/redis-server.js';
import { taskRun } from '../support/task-run.js';

const { loadConfig } = await built<typeof LoadConfig>('config/load-config.js');
const { RedisService } = await built<typeof Redis>('redis/redis.service.js');
const { RedisHistoryStore } = await built<typeof Store>('timeout/history/redis-history.store.js');
const { storedRun } = await built<typeof Stored>('timeout/history/stored-run.js');

const KEY = 'tests:jest.0123456789ab:complex:test';
const SIMILAR = '*:*:complex:test';
const HISTORY = `cc_executor:times:${KEY}:history`;
const STATS = `cc_executor:times:${KEY}:stats`;
const TTL_SECONDS = 1000;

let log: LogLines;
let server: RedisServer;
let service: Redis.RedisService;
let store: Store.RedisHistoryStore;

describeRedis('the history in Redis', () => {
  beforeAll(async () => {
    log = new LogLines();
    server = await RedisServer.start();
    const config = loadConfig({
      PATH: process.env.PATH,
      CC_EXECUTOR_SHELL: 'bash',
      DATA_DIR: '/tmp',
      REDIS_URL: server.url,
      HISTORY_TTL: String(TTL_SECONDS),
    });
    service = new RedisService(config);
    service.onModuleInit();
    store = new RedisHistoryStore(service, config);
    await isUp();
  });

  afterAll(async () => {
    await service.onApplicationShutdown();
    await server.stop();
    log.stop();
  });

  beforeEach(async () => {
    await server.cli('FLUSHALL');
  });

  async function isUp(): Promise<void> {
    await eventually(
      () => service.state,
      (state) => state === 'up',
    );
  }

  async function stats(): Promise<Record<string, string>> {
    const flat = (await server.cli('HGETALL', STATS)) as string[];
    return Object.fromEntries(flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]!]] : [])));
  }

  it('knows nothing of a task that never ran', async () => {
    expect(await store.read(KEY)).toEqual([]);
  });

  it('keeps runs under each key, in the order of their ends', async () => {
    const now = Date.now();
    const runs = [3, 1, 2].map((number) => taskRun(`run-${number}`, { endedAt: now + number, durationMs: number }));
    for (const run of runs) await store.append([KEY, SIMILAR], run);

    for (const key of [KEY, SIMILAR]) expect(await store.read(key)).toEqual([runs[1], runs[2], runs[0]]);
  });

  it('counts what there has been', async () => {
    const endedAt = Date.now();
    await store.append([KEY], taskRun('a', { endedAt, durationMs: 1000.4 }));
    await store.append([KEY], taskRun('b', { endedAt, durationMs: 3000, isDurationCensored: true }));

    expect(await stats()).toEqual({
      runs: '2',
      completed: '1',
      censored: '1',
      total_ms: '4000',
      max_ms: '3000',
      updated_at: String(endedAt),
    });
  });

  it('changes nothing for a run that is there, whatever it says this time', async () => {
    const run = taskRun('once');
    await store.append([KEY], run);
    await Promise.all(Array.from({ length: 20 }, () => store.append([KEY, KEY], run)));
    await store.append([KEY], { ...run, durationMs: 9, endedAt: run.endedAt + 5 });

    expect(await store.read(KEY)).toEqual([run]);
    expect(await stats()).toMatchObject({ runs: '1', total_ms: '1235' });
  });

  it('keeps the last hundred, and counts them all', async () => {
    const now = Date.now();
    for (let number = 0; number < 130; number++)
      await store.append([KEY], taskRun(`run-${number}`, { endedAt: now + number }));
    await store.append([KEY], taskRun('too late', { endedAt: now - 1 }));
    const runs = await store.read(KEY);

    expect(runs.map(({ executionId }) => executionId)).toEqual(
      Array.from({ length: 100 }, (_, index) => `run-${index + 30}`),
    );
    expect(await stats()).toMatchObject({ runs: '130' });
  });

  it('is gone a while after the last run', async () => {
    await store.append([KEY, SIMILAR], taskRun('a'));

    for (const name of (await server.cli('KEYS', '*')) as string[]) {
      const left = (await server.cli('PTTL', name)) as number;
      expect(left).toBeGreaterThan(TTL_SECONDS * 900);
      expect(left).toBeLessThanOrEqual(TTL_SECONDS * 1000);
    }
    expect(((await server.cli('KEYS', '*')) as string[]).sort()).toEqual(
      [HISTORY, STATS, HISTORY.replace(KEY, SIMILAR), STATS.replace(KEY, SIMILAR)].sort(),
    );
  });

  it('passes over what is no run', async () => {
    const run = taskRun('good');
    const text = storedRun(run);
    const garbage = [
      ...['', 'garbage', '{}', '[]', 'null', '1e999', '\0', '{"id":"x"}', text.replace('1234.5', '1e400')],
      ...[text.replace('1234.5', '-1'), text.replace('"ms":1234.5', '"ms":"5"'), text.replace('good', '\\ud800')],
      ...[Buffer.from([0xff, 0xfe, 0xed, 0xa0, 0x80]), Buffer.alloc(10_000_000, 'x'), `${text}${' '.repeat(600)}`],
    ];
    for (const [index, member] of garbage.entries()) await server.cli('ZADD', HISTORY, run.endedAt + index, member);
    await store.append([SIMILAR], run);
    expect(await store.read(KEY)).toEqual([]);
    await store.append([KEY], run);

    expect(await store.read(KEY)).toEqual([run]);
    expect(service.state).toBe('up');
  });

  it('is not blinded by members from the far future', async () => {
    for (let index = 0; index < 100; index++) await server.cli('ZADD', HISTORY, '+inf', `garbage-${index}`);
    await store.append([KEY], taskRun('good'));

    expect(await store.read(KEY)).toHaveLength(1);
  });

  it('counts anew from what is no number', async () => {
    for (const [name, value] of [
      ['runs', 'many'],
      ['completed', 'nan'],
      ['censored', '-5'],
      ['total_ms', 'inf'],
      ['max_ms', '1e300'],
    ])
      await server.cli('HSET', STATS, name!, value!);
    await store.append([KEY], taskRun('a', { durationMs: 5 }));

    expect(await stats()).toMatchObject({ runs: '1', completed: '1', censored: '0', total_ms: '5', max_ms: '5' });
  });

  describe.each(['string', 'list', 'hash'])('under a key that is a %s', (type) => {
    const spoil = { string: ['SET', HISTORY, 'x'], list: ['LPUSH', HISTORY, 'x'], hash: ['HSET', HISTORY, 'x', 'y'] };

    it('refuses, leaves it alone, and takes what goes elsewhere', async () => {
      const [command, ...args] = spoil[type as keyof typeof spoil];
      await server.cli(command!, ...args);

      await expect(store.read(KEY)).rejects.toThrow('WRONGTYPE');
      await expect(store.append([KEY, SIMILAR], taskRun('a'))).rejects.toThrow('WRONGTYPE');
      expect(await store.read(SIMILAR)).toHaveLength(1);
      expect(await server.cli('TYPE', HISTORY)).toBe(type);
      expect(service.state).toBe('up');
    });
  });

  it('rejects soon where the server is frozen, and works again with it', async () => {
    await store.append([KEY], taskRun('a'));
    await server.freeze();
    try {
      for (let turn = 0; turn < 3; turn++) {
        await expect(within(store.read(KEY), 'a refusal', 2000)).rejects.toThrow('Redis is not available');
        await expect(within(store.append([KEY], taskRun('b')), 'a refusal', 2000)).rejects.toThrow('not available');
      }
    } finally {
      server.thaw();
    }
    await isUp();
    await store.append([KEY], taskRun('b'));

    expect(await store.read(KEY)).toHaveLength(2);
  });

  it('begins anew in a server that has lost all', async () => {
    await store.append([KEY], taskRun('a'));
    await server.restart();
    await eventually(
      () => store.read(KEY).catch(() => null),
      (runs) => runs?.length === 0,
    );
    await store.append([KEY], taskRun('b'));

    expect(await store.read(KEY)).toHaveLength(1);
  });

  it('reads from a server that takes no writes', async () => {
    await store.append([KEY], taskRun('a'));
    await server.cli('CONFIG', 'SET', 'maxmemory', 1);
    try {
      await expect(store.append([KEY], taskRun('b'))).rejects.toThrow('it is full');
      expect(await store.read(KEY)).toHaveLength(1);
    } finally {
      await server.cli('CONFIG', 'SET', 'maxmemory', 0);
    }
    await server.cli('REPLICAOF', '127.0.0.1', await RedisServer.freePort());
    try {
      await expect(store.append([KEY], taskRun('b'))).rejects.toThrow('read-only');
      expect(await store.read(KEY)).toHaveLength(1);
    } finally {
      await server.cli('REPLICAOF', 'NO', 'ONE');
    }
    await store.append([KEY], taskRun('b'));
    expect(await store.read(KEY)).toHaveLength(2);
  });
});
