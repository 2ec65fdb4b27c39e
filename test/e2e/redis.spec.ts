import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { describeRedis } from '../support/describe-redis.js';
import { RedisServer } from '../support/redis-server.js';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Service } from './support/service.js';
import type { ErrorBody, Params } from './support/wire.js';

jest.setTimeout(90_000);

const TASK = { category: 'test', name: 'shared', complexity: 'simple', type: 'test' };
const HISTORY = 'cc_executor:times:test:shared:simple:test:history';

let redis: RedisServer;
let services: Service[];

beforeEach(async () => {
  redis = await RedisServer.start();
  services = [];
});

afterEach(async () => {
  disconnectAll();
  for (const service of services) expect(await service.stop()).toBe(0);
  await redis.stop();
});

/** A service that has been told of Redis, and where that is up, has found it. */
async function start(environment: Readonly<Record<string, string>> = {}, isUp = true): Promise<Service> {
  const service = await Service.start({ REDIS_URL: redis.url, RESOURCE_MULTIPLIER: '1', ...environment });
  services.push(service);
  if (isUp) await service.prints(/Redis at \S+ answers/);
  return service;
}

async function estimateOf(client: Client): Promise<Params> {
  return (await client.request('estimate', { command: 'true', task: TASK })) as Params;
}

/** Starts and ends; the reply within a bound that is generous beside the promised 250 ms. */
async function runs(client: Client): Promise<void> {
  const from = performance.now();
  const execution = await client.execute({ command: 'echo hi', task: { ...TASK, name: `new-${from}` } });
  expect(performance.now() - from).toBeLessThan(2000);
  await execution.completed();
  expect(execution.text('stdout')).toBe('hi\n');
}

describeRedis('services that share a Redis', () => {
  it('learn together', async () => {
    const [one, other] = [await start(), await start()];
    const [teacher, pupil] = [await Client.connect(one.url), await Client.connect(other.url)];
    for (let run = 0; run < 3; run++) await teacher.run({ command: 'true', task: TASK });
    await eventually(
      () => redis.cli('ZCARD', HISTORY),
      (count) => count === 3,
    );

    expect(await estimateOf(pupil)).toMatchObject({ based_on: 'exact_history', samples: 3 });
    expect(Number(await redis.cli('PTTL', HISTORY))).toBeGreaterThan(600_000_000);
  });

  it('have one limit of sessions together, where they are told so', async () => {
    const environment = { SESSION_SCOPE: 'cluster', MAX_SESSIONS: '2' };
    const [one, other] = [await start(environment), await start(environment)];
    const first = await Client.connect(one.url);
    await Client.connect(other.url);

    const refused = await Client.dial(other.url);
    expect((await refused.closed).code).toBe(1008);
    expect(refused.frames.map(({ error }) => error as ErrorBody)).toEqual([
      { code: -32001, message: 'Session limit exceeded', data: { current_sessions: 2, max_sessions: 2 } },
    ]);
    expect(Number(await redis.cli('PTTL', `cc_executor:sessions:${first.greeting.session_id}`))).toBeGreaterThan(0);

    await first.close();
    await eventually(
      () => redis.cli('ZCARD', 'cc_executor:sessions'),
      (count) => count === 1,
    );
    await runs(await Client.connect(other.url));
  });

  it('answer what a client sends before it is admitted', async () => {
    const service = await start({ SESSION_SCOPE: 'cluster' });
    const client = await Client.dial(service.url);
    client.sendJson({ jsonrpc: '2.0', id: 7, method: 'ping' });

    await client.answer(7);
    expect(client.frames[0]?.method).toBe('connected');
  });
});

describeRedis('commands run all the same where Redis', () => {
  it('is not there at start, and it is used when it comes', async () => {
    await redis.kill();
    const service = await start({ SESSION_SCOPE: 'cluster' }, false);
    await service.prints(/Redis at \S+ is down/);
    const client = await Client.connect(service.url);
    for (let run = 0; run < 3; run++) await client.run({ command: 'true', task: TASK });
    expect(await estimateOf(client)).toMatchObject({ based_on: 'exact_history', samples: 3 });

    await redis.restart();
    await service.prints(/Redis at \S+ answers/);
    // What was learned meanwhile is not lost.
    await eventually(
      () => redis.cli('ZCARD', HISTORY),
      (count) => count === 3,
    );
    expect(service.stdout.match(/is down/g)).toHaveLength(1);
  });

  it('is killed, and comes back', async () => {
    const service = await start();
    const client = await Client.connect(service.url);
    await redis.kill();
    await runs(client);
    await redis.restart();
    await service.prints(/answers[\s\S]*answers/);
    await runs(client);

    expect(service.stdout.match(/is down/g)).toHaveLength(1);
  });

  it('is frozen', async () => {
    const service = await start();
    const client = await Client.connect(service.url);
    await redis.freeze();
    for (let run = 0; run < 3; run++) await runs(client);
    const late = await Client.connect(service.url);
    await runs(late);
    redis.thaw();
    await service.prints(/answers[\s\S]*answers/);

    expect(service.stdout.match(/is down/g)).toHaveLength(1);
  });

  it('holds something else under our keys', async () => {
    const service = await start({ SESSION_SCOPE: 'cluster' });
    await redis.cli('SET', HISTORY, 'garbage');
    await redis.cli('SET', 'cc_executor:sessions', 'garbage');
    const client = await Client.connect(service.url);
    for (let run = 0; run < 3; run++) await client.run({ command: 'true', task: TASK });

    expect(await estimateOf(client)).toMatchObject({ based_on: 'exact_history', samples: 3 });
    expect(service.stdout).not.toMatch(/is down/);
  });

  it('is full', async () => {
    const service = await start();
    await redis.cli('CONFIG', 'SET', 'maxmemory', '1');
    const client = await Client.connect(service.url);
    for (let run = 0; run < 3; run++) await runs(client);
    await client.run({ command: 'true', task: TASK });

    await service.prints(/takes no writes/);
    expect(service.stdout.match(/takes no writes/g)).toHaveLength(1);
  });

  it('wants another password, which no line repeats', async () => {
    await redis.cli('CONFIG', 'SET', 'requirepass', 'other');
    const service = await start({ REDIS_URL: redis.url.replace('redis://', 'redis://:top-secret@') }, false);
    await service.prints(/is down/);
    await runs(await Client.connect(service.url));

    expect(service.stdout + service.stderr).not.toContain('top-secret');
  });
});
