import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { describeRedis } from '../support/describe-redis.js';
import { RedisServer } from '../support/redis-server.js';
import { Client, type ConnectOptions, disconnectAll, refusal } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Service } from './support/service.js';
import type { ErrorBody, Frame } from './support/wire.js';

jest.setTimeout(90_000);

const HERE = { localAddress: '127.0.0.1' };
const THERE = { localAddress: '127.0.0.2' };

let services: Service[] = [];

afterEach(async () => {
  disconnectAll();
  const ending = services;
  services = [];
  for (const service of ending) expect(await service.stop()).toBe(0);
});

async function start(environment: Readonly<Record<string, string>>): Promise<Service> {
  const service = await Service.start(environment);
  services.push(service);
  return service;
}

/** The answers to so many requests that are sent at once. */
async function flood(client: Client, method: string, params: object, count: number): Promise<Frame[]> {
  return Promise.all(Array.from({ length: count }, () => client.call(method, params)));
}

function refused(answers: readonly Frame[]): ErrorBody[] {
  return answers.flatMap(({ error }) => error ?? []);
}

function retryAfter({ data }: ErrorBody): number {
  return (data as { retry_after: number }).retry_after;
}

/** Resolves when the time that a refusal tells is over. */
async function waited(refusals: readonly ErrorBody[]): Promise<void> {
  const seconds = Math.max(...refusals.map(retryAfter));
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

describe('a flood of requests', () => {
  it('is refused beyond the rate, and the session is as before when the time it was told is over', async () => {
    const { url } = await start({ RATE_REQUESTS: '20/2' });
    const client = await Client.connect(url);
    const answers = await flood(client, 'ping', {}, 50);
    const errors = refused(answers);

    expect(errors).toHaveLength(30);
    for (const error of errors) {
      expect(error).toMatchObject({ code: -32005, message: 'Rate limit exceeded' });
      expect(retryAfter(error)).toBeGreaterThan(0);
      expect(retryAfter(error)).toBeLessThanOrEqual(2);
    }
    await waited(errors);
    expect((await client.run({ command: 'echo back' })).stdout).toBe('back\n');
  });

  it('of one address is none of another', async () => {
    const { url } = await start({ RATE_REQUESTS: '10/60' });
    const [one, same, other] = [
      await Client.connect(url, HERE),
      await Client.connect(url, HERE),
      await Client.connect(url, THERE),
    ];
    expect(refused(await flood(one, 'ping', {}, 11))).toHaveLength(1);

    expect(await same.failure('ping')).toMatchObject({ code: -32005 });
    expect(refused(await flood(other, 'ping', {}, 10))).toHaveLength(0);
  });

  it('counts what is no request, and every request of a batch', async () => {
    const { url } = await start({ RATE_REQUESTS: '5/60' });
    const client = await Client.connect(url);
    client.send('{');
    client.send('[1, 2]');
    client.notify('ping');
    expect((await client.call('nothing')).error).toMatchObject({ code: -32601 });

    expect(await client.failure('ping')).toMatchObject({ code: -32005 });
    expect(client.received.filter((frame) => JSON.stringify(frame).includes('-32700'))).toHaveLength(1);
  });

  it('starts nothing', async () => {
    const { url } = await start({ RATE_REQUESTS: '1/60', MAX_PROCESSES_PER_SESSION: '50' });
    const client = await Client.connect(url);
    const answers = await flood(client, 'execute', { command: 'true' }, 20);

    expect(refused(answers)).toHaveLength(19);
    expect(client.frames.filter(({ method }) => method === 'process.started').length).toBeLessThanOrEqual(1);
  });
});

describe('executions', () => {
  it('are refused beyond their rate, other requests are not, and go on when the time is over', async () => {
    const { url } = await start({ RATE_EXECUTIONS: '3/2', MAX_PROCESSES_PER_SESSION: '50' });
    const client = await Client.connect(url);
    const errors = refused(await flood(client, 'execute', { command: 'true' }, 10));

    expect(errors).toHaveLength(7);
    expect(errors[0]).toMatchObject({ code: -32005, message: 'Rate limit exceeded' });
    expect(await client.request('ping')).toMatchObject({ pong: true });
    await waited(errors);
    expect((await client.run({ command: 'echo back' })).stdout).toBe('back\n');
  });

  it('leave a control that is sent right after one its target', async () => {
    const { url } = await start({ RATE_EXECUTIONS: '100/60' });
    const client = await Client.connect(url);
    for (let turn = 0; turn < 10; turn++) {
      const [started, controlled] = await Promise.all([
        client.call('execute', { command: 'sleep 60' }),
        client.call('control', { type: 'CANCEL' }),
      ]);
      expect([started.error, controlled.error]).toEqual([undefined, undefined]);
      const { execution_id: id } = started.result as { execution_id: string };
      await client.event(id, ({ method }) => method === 'process.completed', 'the end');
    }
  });
});

describe('connections', () => {
  it('are refused beyond their rate, before the upgrade, for their address alone', async () => {
    const { url } = await start({ RATE_CONNECTIONS: '3/2' });
    const options: ConnectOptions = HERE;
    for (let turn = 0; turn < 3; turn++) await Client.connect(url, options);
    const { status, contentType, body, retryAfter: seconds } = await refusal(url, options);

    expect({ status, body: JSON.parse(body) as unknown }).toEqual({
      status: 429,
      body: { error: 'Too many connections' },
    });
    expect(contentType).toMatch(/^application\/json/);
    expect(['1', '2']).toContain(seconds);
    await Client.connect(url, THERE);
    await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
    expect(await (await Client.connect(url, options)).request('ping')).toMatchObject({ pong: true });
  });
});

describe('commands of all sessions', () => {
  it('run as many at a time as there are places', async () => {
    const { url } = await start({ MAX_PROCESSES: '2', MAX_PROCESSES_PER_SESSION: '10' });
    const [one, other] = [await Client.connect(url), await Client.connect(url)];
    const first = await one.execute({ command: 'sleep 60' });
    await other.execute({ command: 'sleep 60' });
    for (const client of [one, other]) {
      expect(await client.failure('execute', { command: 'true' })).toEqual({
        code: -32008,
        message: 'Resource limit exceeded',
        data: { resource: 'processes', limit: 2, retryable: true },
      });
    }
    await first.control('CANCEL');
    await first.completed();
    expect((await other.run({ command: 'echo back' })).stdout).toBe('back\n');
  });

  it('give their places back when their client vanishes', async () => {
    const { url } = await start({ MAX_PROCESSES: '1' });
    const gone = await Client.connect(url);
    await gone.execute({ command: 'sleep 60' });
    gone.socket.terminate();
    const client = await Client.connect(url);
    const answer = await eventually(
      () => client.call('execute', { command: 'echo back' }),
      ({ error }) => error === undefined,
    );

    expect(answer.result).toMatchObject({ status: 'started' });
  });
});

describe('without a limit', () => {
  it('nothing is refused', async () => {
    const { url } = await start({});
    const client = await Client.connect(url);

    expect(refused(await flood(client, 'ping', {}, 3000))).toEqual([]);
  });
});

describeRedis('rates in a cluster', () => {
  let redis: RedisServer;

  afterEach(async () => {
    await redis.stop();
  });

  async function cluster(rates: Readonly<Record<string, string>>): Promise<Service> {
    const service = await start({ REDIS_URL: redis.url, RATE_SCOPE: 'cluster', ...rates });
    await service.prints(/Redis at \S+ answers/);
    return service;
  }

  it('are counted by all services together', async () => {
    redis = await RedisServer.start();
    const rates = { RATE_REQUESTS: '10/60', RATE_EXECUTIONS: '2/60' };
    const [one, other] = [await cluster(rates), await cluster(rates)];
    const [here, there] = [await Client.connect(one.url), await Client.connect(other.url)];
    await here.run({ command: 'true' });
    await there.run({ command: 'true' });

    expect(await here.failure('execute', { command: 'true' })).toMatchObject({ code: -32005 });
    expect(refused(await flood(there, 'ping', {}, 8))).toHaveLength(1);
    expect(refused(await flood(here, 'ping', {}, 1))).toHaveLength(1);
    const keys = (await redis.cli('KEYS', 'cc_executor:rate:*')) as string[];
    expect(keys.sort()).toEqual([
      'cc_executor:rate:executions:address:127.0.0.1',
      'cc_executor:rate:requests:address:127.0.0.1',
    ]);
    for (const key of keys) expect(Number(await redis.cli('PTTL', key))).toBeGreaterThan(0);
  });

  it.each<[string, (server: RedisServer) => Promise<void>]>([
    ['dead', (server) => server.kill()],
    ['frozen', (server) => server.freeze()],
    [
      'of another mind about the keys',
      async (server) => {
        await server.cli('SET', 'cc_executor:rate:requests:address:127.0.0.1', 'no number');
      },
    ],
  ])('are counted by each service for itself while Redis is %s', async (_, harm) => {
    redis = await RedisServer.start();
    const { url } = await cluster({ RATE_REQUESTS: '10/60', RATE_CONNECTIONS: '100/60' });
    await harm(redis);
    const from = performance.now();
    const client = await Client.connect(url);
    await client.request('ping');
    // Twice 200 ms at most, beside what a connection takes.
    expect(performance.now() - from).toBeLessThan(1500);
    const quick = performance.now();
    const answers = await flood(client, 'ping', {}, 10);
    expect(performance.now() - quick).toBeLessThan(1000);
    expect(refused(answers)).toHaveLength(1);
  });

  it('are counted together again when Redis is back', async () => {
    redis = await RedisServer.start();
    const service = await cluster({ RATE_REQUESTS: '1000/60' });
    const client = await Client.connect(service.url);
    await redis.kill();
    await client.request('ping');
    await redis.restart();
    await eventually(
      async () => {
        await client.request('ping');
        return redis.cli('EXISTS', 'cc_executor:rate:requests:address:127.0.0.1');
      },
      (found) => found === 1,
    );
  });

  it('need a Redis', async () => {
    redis = await RedisServer.start();
    await expect(Service.start({ RATE_SCOPE: 'cluster' })).rejects.toThrow(/RATE_SCOPE: cluster needs REDIS_URL/);
  });
});
