import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type * as LoadConfig from '../../src/config/load-config.js';
import type * as Redis from '../../src/redis/redis.service.js';
import { eventually, within } from '../e2e/support/eventually.js';
import { built } from '../support/built.js';
import { describeRedis } from '../support/describe-redis.js';
import { LogLines } from '../support/log-lines.js';
import { RedisServer } from '../support/redis-server.js';

const { loadConfig } = await built<typeof LoadConfig>('config/load-config.js');
const { RedisService } = await built<typeof Redis>('redis/redis.service.js');

/** Five seconds, and as much again for a machine with other things to do. */
const BACK_MS = 10_000;
/** Far beyond the 200 ms an answer may take, far below what a client waits that is not told to be quick. */
const ANSWER_MS = 2000;

const closers: (() => Promise<void> | void)[] = [];
let log: LogLines;

beforeEach(() => {
  log = new LogLines();
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  log.stop();
});

async function serverWith(options: Parameters<typeof RedisServer.start>[0] = {}): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  closers.push(() => server.stop());
  return server;
}

function serviceFor(url: string | undefined): Redis.RedisService {
  const service = new RedisService(
    loadConfig({ PATH: process.env.PATH, CC_EXECUTOR_SHELL: 'bash', DATA_DIR: '/tmp', REDIS_URL: url }),
  );
  closers.push(() => service.onApplicationShutdown());
  service.onModuleInit();
  return service;
}

async function becomes(service: Redis.RedisService, state: string): Promise<void> {
  await eventually(
    () => service.state,
    (now) => now === state,
    BACK_MS,
  );
}

/** What a PING through the service comes to. */
async function ping(service: Redis.RedisService): Promise<string> {
  return within(
    service.run((client) => client.ping()).catch((error: unknown) => (error as Error).name),
    'an answer',
    ANSWER_MS,
  );
}

/** Passes connections on to a port, until it is told to swallow what the ones that are there send. */
class Wire {
  readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(target: number) {
    this.server = createServer((near) => {
      const far = connect(target, '127.0.0.1');
      for (const socket of [near, far]) socket.on('error', () => undefined);
      near.pipe(far).pipe(near);
      this.sockets.add(near).add(far);
    });
    closers.push(() => {
      this.server.close();
      for (const socket of this.sockets) socket.destroy();
    });
  }

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  swallow(): void {
    for (const socket of this.sockets) socket.unpipe().pause();
  }
}

describeRedis('a service with Redis', () => {
  it('is not connected where no URL is given', async () => {
    const service = serviceFor(undefined);

    expect([service.isConfigured, service.state, service.reason]).toEqual([false, 'unconfigured', null]);
    expect(await ping(service)).toBe('RedisUnavailable');
    expect(log.take()).toEqual([]);
  });

  it('connects, and tells so in one line', async () => {
    const server = await serverWith();
    const service = serviceFor(server.url);

    expect(service.state).toBe('connecting');
    await becomes(service, 'up');
    expect(await ping(service)).toBe('PONG');
    expect(log.take()).toEqual([`Redis at 127.0.0.1:${server.port} answers`]);
  });

  it('finds a server that comes after it', async () => {
    const port = await RedisServer.freePort();
    const service = serviceFor(`redis://127.0.0.1:${port}`);
    await becomes(service, 'down');

    expect(await ping(service)).toBe('RedisUnavailable');
    expect(service.reason).toBe('the connection failed (ECONNREFUSED)');
    await serverWith({ port });
    await becomes(service, 'up');
    expect(await ping(service)).toBe('PONG');
    expect(log.take()).toEqual([
      `Redis at 127.0.0.1:${port} is down: the connection failed (ECONNREFUSED)`,
      `Redis at 127.0.0.1:${port} answers`,
    ]);
  });

  it('is back after the server was killed and started again', async () => {
    const server = await serverWith();
    const service = serviceFor(server.url);
    await becomes(service, 'up');
    await server.kill();
    await becomes(service, 'down');

    expect(await ping(service)).toBe('RedisUnavailable');
    await server.restart();
    await becomes(service, 'up');
    expect(await ping(service)).toBe('PONG');
    expect(log.take().map((line) => line.replace(/^Redis at \S+ /, ''))).toEqual([
      'answers',
      'is down: the connection was closed',
      'answers',
    ]);
  });

  it.each<[string, (server: RedisServer) => unknown, (server: RedisServer) => unknown]>([
    [
      'is frozen',
      (server) => server.freeze(),
      (server) => {
        server.thaw();
      },
    ],
    ['makes its clients wait', (server) => server.cli('CLIENT', 'PAUSE', 2000, 'ALL'), () => undefined],
    ['is busy for a while', (server) => void server.cli('DEBUG', 'SLEEP', '2').catch(() => null), () => undefined],
  ])('does not wait for a server that %s, and is back with it', async (_, fault, cure) => {
    const server = await serverWith();
    const service = serviceFor(server.url);
    await becomes(service, 'up');
    log.take();
    await fault(server);

    await eventually(
      () => ping(service),
      (answer) => answer === 'RedisUnavailable',
    );
    expect([service.state, service.reason]).toEqual(['down', 'it does not answer']);
    await cure(server);
    await becomes(service, 'up');
    expect(await ping(service)).toBe('PONG');
    expect(log.take()).toEqual([
      `Redis at 127.0.0.1:${server.port} is down: it does not answer`,
      `Redis at 127.0.0.1:${server.port} answers`,
    ]);
  });

  it('is back with a server that was frozen before the service started', async () => {
    const server = await serverWith();
    await server.freeze();
    const service = serviceFor(server.url);

    await becomes(service, 'down');
    expect(await ping(service)).toBe('RedisUnavailable');
    server.thaw();
    await becomes(service, 'up');
    expect(log.take()).toHaveLength(2);
  });

  it('replaces a connection whose other end is gone without a word', async () => {
    const server = await serverWith();
    const wire = new Wire(server.port);
    const service = serviceFor(`redis://127.0.0.1:${await wire.listen()}`);
    await becomes(service, 'up');
    log.take();
    wire.swallow();

    expect(await ping(service)).toBe('RedisUnavailable');
    await becomes(service, 'up');
    expect(await ping(service)).toBe('PONG');
    expect(log.take().map((line) => line.replace(/^Redis at \S+ /, ''))).toEqual([
      'is down: it does not answer',
      'answers',
    ]);
  });

  it.each<[string, string, string]>([
    ['a wrong password', ':wrong-secret@', 'it refuses the password'],
    ['no password', '', 'it wants a password'],
    ['a wrong user', 'nobody:wrong-secret@', 'it refuses the password'],
  ])('tells of %s, never the password, and is in when the server lets it', async (_, login, reason) => {
    const server = await serverWith({ password: 'right-secret' });
    const service = serviceFor(`redis://${login}127.0.0.1:${server.port}`);
    await becomes(service, 'down');

    expect(service.reason).toBe(reason);
    expect(await ping(service)).toBe('RedisUnavailable');
    await server.cli('ACL', 'SETUSER', 'nobody', 'on', '>wrong-secret', 'allcommands', 'allkeys');
    await server.cli('CONFIG', 'SET', 'requirepass', login === '' ? '' : 'wrong-secret');
    await becomes(service, 'up');
    expect(log.take()).toEqual([
      `Redis at 127.0.0.1:${server.port} is down: ${reason}`,
      `Redis at 127.0.0.1:${server.port} answers`,
    ]);
  });

  it('works in no other database than the one that was asked for', async () => {
    const server = await serverWith();
    const good = serviceFor(`${server.url}/3`);
    await becomes(good, 'up');
    await good.run((client) => client.set('where', 'three'), 'write');
    const bad = serviceFor(`${server.url}/4000`);
    await becomes(bad, 'down');

    expect(await server.cli('GET', 'where')).toBeNull();
    await expect(bad.run((client) => client.set('where', 'zero'), 'write')).rejects.toThrow('Redis is not available');
    expect(await good.run((client) => client.get('where'))).toBe('three');
  });

  it('reads from a server that is full, and tells when it takes writes again', async () => {
    const server = await serverWith({ maxMemoryBytes: 3_000_000 });
    const service = serviceFor(server.url);
    const write = (): Promise<string> =>
      service.run((client) => client.set('key', 'value'), 'write').catch((error: unknown) => (error as Error).message);
    await becomes(service, 'up');
    expect(await write()).toBe('OK');
    await server.cli('SETRANGE', 'filler', 2_500_000, 'x');
    await server.cli('CONFIG', 'SET', 'maxmemory', 1_000_000);

    for (let turn = 0; turn < 3; turn++) expect(await write()).toContain('it is full');
    expect([service.state, service.reason]).toEqual(['up', 'it is full']);
    expect(await service.run((client) => client.get('key'))).toBe('value');
    await server.cli('CONFIG', 'SET', 'maxmemory', 0);
    await eventually(
      async () => [await write(), service.reason],
      ([, reason]) => reason === null,
    );
    expect(log.take().filter((line) => line.includes('writes'))).toEqual([
      expect.stringMatching('takes no writes: it is full'),
      expect.stringMatching('takes writes again'),
    ]);
  });

  it('reads from a replica that is read-only, and knows when it has lost its master', async () => {
    const server = await serverWith();
    const service = serviceFor(server.url);
    await becomes(service, 'up');
    await server.cli('REPLICAOF', '127.0.0.1', await RedisServer.freePort());

    await expect(service.run((client) => client.set('key', 'value'), 'write')).rejects.toThrow('read-only');
    expect(await service.run((client) => client.get('key'))).toBeNull();
    expect(service.state).toBe('up');
    await server.cli('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    await expect(service.run((client) => client.get('key'))).rejects.toThrow('it has lost its master');
    expect(service.state).toBe('down');
    await server.cli('REPLICAOF', 'NO', 'ONE');
    await becomes(service, 'up');
    expect(log.take().map((line) => line.replace(/^Redis at \S+ /, ''))).toEqual([
      'answers',
      'takes no writes: it is a read-only replica',
      'is down: it has lost its master',
      'answers',
    ]);
  });

  it('stays up where only a request is wrong', async () => {
    const server = await serverWith();
    const service = serviceFor(server.url);
    await becomes(service, 'up');
    await server.cli('SET', 'text', 'x');

    await expect(service.run((client) => client.zadd('text', 1, 'x'), 'write')).rejects.toThrow('WRONGTYPE');
    await expect(service.run((client) => client.call('NONSENSE'))).rejects.toThrow('unknown command');
    await expect(service.run(() => Promise.reject(new TypeError('mine')))).rejects.toThrow('mine');
    expect([service.state, service.reason]).toEqual(['up', null]);
    expect(log.take()).toHaveLength(1);
  });

  it('tells who asks each time it comes up, until they ask no more', async () => {
    const server = await serverWith();
    const service = serviceFor(server.url);
    const told: string[] = [];
    service.onUp(() => told.push('always'));
    const stop = service.onUp(() => told.push('once'));
    await becomes(service, 'up');
    stop();
    await server.kill();
    await becomes(service, 'down');
    await server.restart();
    await becomes(service, 'up');

    expect(told).toEqual(['always', 'once', 'always']);
  });

  it.each(['thawed', 'frozen', 'gone'])('lets the process end at once where the server is %s', async (state) => {
    const server = await serverWith();
    const script = `
      import { RedisService } from ${JSON.stringify(new URL('../../dist/redis/redis.service.js', import.meta.url).href)};
      const service = new RedisService({ redis: { url: ${JSON.stringify(server.url)} } });
      service.onModuleInit();
      process.stdin.once('data', async () => {
        process.stdin.destroy();
        const running = service.run((client) => client.set('last', 'words'), 'write').then(() => 'kept', () => 'lost');
        await service.onApplicationShutdown();
        console.log(await running);
      });
      service.onUp(() => console.error('up'));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: new URL('../..', import.meta.url),
    });
    closers.push(() => void child.kill('SIGKILL'));
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await within(once(child.stderr, 'data'), 'the connection');
    if (state === 'frozen') await server.freeze();
    if (state === 'gone') await server.kill();
    const exited = once(child, 'exit');
    child.stdin.write('end\n');

    expect(await within(exited, 'the end', 5000)).toEqual([0, null]);
    expect(printed.trim().split('\n').at(-1)).toBe(state === 'thawed' ? 'kept' : 'lost');
    if (state === 'thawed') expect(await server.cli('GET', 'last')).toBe('words');
    server.thaw();
  });
});
