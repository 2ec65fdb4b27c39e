import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { descendants } from './support/proc.js';
import { type Environment, fixture, Service } from './support/service.js';

jest.setTimeout(60_000);

let service: Service;

afterEach(async () => {
  disconnectAll();
  await service.end('SIGKILL');
  service.remove();
});

async function start(environment: Environment = {}): Promise<void> {
  service = await Service.start(environment);
  await answered('/health/ready', ({ status, body }) => status === 200 || Object.keys(body.error).join() !== 'service');
}

interface Answer {
  readonly status: number;
  readonly body: any;
}

async function ask(path: string): Promise<Answer> {
  const response = await fetch(service.http(path));
  return { status: response.status, body: await response.json() };
}

function answered(path: string, holds: (answer: Answer) => boolean): Promise<Answer> {
  return eventually(() => ask(path), holds);
}

describe('the probes of a service at rest', () => {
  it('say that it lives, has started and is ready, and why', async () => {
    await start();

    expect(await ask('/health/live')).toEqual({ status: 200, body: { status: 'ok' } });
    expect(await ask('/health/startup')).toEqual({ status: 200, body: { status: 'ok' } });
    const { status, body } = await ask('/health/ready');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ok', error: {} });
    expect(body.details).toEqual({
      service: { status: 'up' },
      capacity: { status: 'up', sessions: 0, max_sessions: 100, processes: 0, max_processes: null },
      event_loop: { status: 'up', lag_seconds: expect.any(Number) },
      disk: { status: 'up', free_bytes: expect.any(Number), responseTime: expect.any(Number) },
      redis: { status: 'up', state: 'unconfigured' },
    });
  });

  it('are never kept by a cache', async () => {
    await start();
    for (const path of ['/health/live', '/health/startup', '/health/ready'])
      expect((await fetch(service.http(path))).headers.get('cache-control')).toBe('no-store');
  });
});

describe('a service is not ready', () => {
  it('while no launcher answers, and is again when one does', async () => {
    await start();
    // One that ends so soon is replaced after a second only.
    for (const { pid, parent } of descendants(service.pid)) if (parent === service.pid) process.kill(pid, 'SIGKILL');

    const { body } = await answered('/health/ready', ({ status }) => status === 503);
    expect(body).toMatchObject({ status: 'error', error: { service: { status: 'down', reason: 'restarting' } } });
    expect((await ask('/health/live')).status).toBe(200);
    expect((await ask('/health/startup')).status).toBe(200);
    await answered('/health/ready', ({ status }) => status === 200);
  });

  it('while MAX_SESSIONS sessions are open', async () => {
    await start({ MAX_SESSIONS: '1' });
    const client = await Client.connect(service.url);

    const { status, body } = await ask('/health/ready');
    expect(status).toBe(503);
    expect(body.error).toEqual({
      capacity: expect.objectContaining({ status: 'down', sessions: 1, reason: 'MAX_SESSIONS sessions are open' }),
    });
    await client.close();
    await answered('/health/ready', (answer) => answer.status === 200);
  });

  it('while MAX_PROCESSES commands run', async () => {
    await start({ MAX_PROCESSES: '1' });
    const client = await Client.connect(service.url);
    const execution = await client.execute({ command: 'sleep 1000' });

    const { status, body } = await ask('/health/ready');
    expect(status).toBe(503);
    expect(body.error.capacity).toMatchObject({ processes: 1, max_processes: 1 });
    await execution.control('CANCEL');
    await execution.completed();
    await answered('/health/ready', (answer) => answer.status === 200);
  });

  it('while its disk is full', async () => {
    await start({ MIN_FREE_DISK: String(Number.MAX_SAFE_INTEGER) });

    const { status, body } = await ask('/health/ready');
    expect(status).toBe(503);
    expect(body.error.disk).toMatchObject({
      status: 'down',
      message: expect.stringMatching(/^less than MIN_FREE_DISK is left: \d+ bytes$/),
    });
    expect(JSON.stringify(body)).not.toContain(service.directory);
  });

  it('while its event loop is late, and it lives', async () => {
    await start({ MAX_LOOP_LAG: '0.05', FAULT: 'lag', NODE_OPTIONS: `--import=${fixture('faulty.mjs')}` });
    service.signal('SIGUSR2');

    const { body } = await answered('/health/ready', ({ status }) => status === 503);
    expect(body.error.event_loop.lag_seconds).toBeGreaterThanOrEqual(0.05);
    expect((await ask('/health/live')).status).toBe(200);
  });
});

it('a service without its Redis is ready, and says that it is degraded', async () => {
  await start({ REDIS_URL: 'redis://127.0.0.1:1' });

  const { status, body } = await answered('/health/ready', (answer) => answer.body.info.redis?.state === 'down');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    status: 'degraded',
    info: { redis: { status: 'degraded', reason: expect.any(String) } },
  });
});

it('a service under floods answers that it lives within a second', async () => {
  await start({ MAX_PROCESSES_PER_SESSION: '4' });
  const clients = await Promise.all([1, 2, 3, 4].map(() => Client.connect(service.url)));
  const floods = await Promise.all(
    clients.flatMap((client) => [1, 2].map(() => client.execute({ command: 'yes', output: { mode: 'line' } }))),
  );
  await Promise.all(floods.map((flood) => flood.event('process.output')));
  for (const client of clients) client.socket.pause();

  for (let probe = 0; probe < 10; probe++) {
    const askedAt = performance.now();
    expect((await ask('/health/live')).status).toBe(200);
    expect(performance.now() - askedAt).toBeLessThan(1000);
  }
});
