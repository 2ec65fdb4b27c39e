import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { Program, ROOT, Service, runProgram } from './support/service.js';

jest.setTimeout(60_000);

const MAIN = join(ROOT, 'dist', 'main.js');
const CONFIG = join(ROOT, 'dist', 'cli', 'config.js');

afterEach(disconnectAll);

/** A loopback port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The variables named by lines like `NAME: what is wrong`. */
function faultyNames(stderr: string): string[] {
  return [...stderr.matchAll(/^([A-Z_]+): ./gm)].map(([, name = '']) => name);
}

describe('a bad environment', () => {
  it('is refused with every fault named and exit code 78', async () => {
    const faults = {
      PORT: 'abc',
      MAX_SESSIONS: '-1',
      WS_PATH: 'no-slash',
      SESSION_TIMEOUT: 'soon',
      WS_MAX_SIZE: '1.5',
      LOG_LEVEL: 'loud',
      DEBUG: 'perhaps',
      DATA_DIR: 'relative',
      STREAM_TIMEOUT: '1e400',
    };
    const { code, stderr, stdout } = await runProgram([MAIN], faults);

    expect(code).toBe(78);
    expect(faultyNames(stderr).sort()).toEqual(Object.keys(faults).sort());
    expect(stdout).not.toContain('Listening');
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '0x50'],
    ['DEFAULT_PORT', 'abc'],
    ['MAX_SESSIONS', '0'],
    ['WS_PING_INTERVAL', '0'],
    ['CC_EXECUTOR_SHELL', '/no/such/shell'],
    ['CC_EXECUTOR_SHELL', '/etc/passwd'],
    ['LOG_LEVEL', 'constructor'],
    ['DEBUG', 'constructor'],
  ])('%s=%s is refused', async (name, value) => {
    const port: Record<string, string> = name.endsWith('PORT') ? {} : { PORT: '0' };
    // The same reading of the environment as the service's, without all else that a start loads.
    const { code, stderr } = await runProgram([CONFIG], { ...port, [name]: value });

    expect(code).toBe(78);
    const [found, ...more] = faultyNames(stderr);
    expect(more).toEqual([]);
    expect(name).toContain(found);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('is refused for a port that is taken, without a stack', async () => {
    const service = await Service.start();
    try {
      const { port } = new URL(service.url);
      const { code, stdout, stderr } = await runProgram([MAIN], { PORT: port });

      expect(code).not.toBe(0);
      expect(code).not.toBeNull();
      expect(stdout + stderr).toContain('EADDRINUSE');
      expect(stdout + stderr).not.toMatch(/^\s+at /m);
    } finally {
      await service.stop();
    }
  });
});

describe('the port', () => {
  it.each([['DEFAULT_PORT'], ['PORT']])('is that of %s', async (name) => {
    const port = String(await freePort());
    const environment: Record<string, string> =
      name === 'PORT' ? { PORT: port, DEFAULT_PORT: '1' } : { PORT: '', DEFAULT_PORT: port };
    const service = await Service.start(environment);
    try {
      expect(service.url).toBe(`ws://127.0.0.1:${port}/ws/mcp`);
      const client = await Client.connect(service.url);
      expect(await client.request('ping')).toMatchObject({ pong: true });
    } finally {
      await service.stop();
    }
  });
});

describe('the environment', () => {
  it('says path, limits and intervals', async () => {
    const service = await Service.start({
      WS_PATH: '/elsewhere',
      MAX_SESSIONS: '3',
      WS_MAX_SIZE: '2048',
      WEBSOCKET_HEARTBEAT_INTERVAL: '7',
      MAX_PROCESSES_PER_SESSION: '9',
    });
    try {
      expect(new URL(service.url).pathname).toBe('/elsewhere');
      const client = await Client.connect(service.url);
      expect(client.greeting).toMatchObject({
        heartbeat_interval: 7,
        limits: { max_message_bytes: 2048, max_processes: 9 },
      });
      client.send(' '.repeat(2049));
      expect(await client.closed).toMatchObject({ code: 1009 });
      expect(await (await fetch(service.http('/health'))).json()).toMatchObject({ max_sessions: 3 });
    } finally {
      await service.stop();
    }
  });

  it('is added to by a .env in the working directory, and goes before it', async () => {
    const service = new Program([process.execPath, MAIN], { PORT: '0', MAX_SESSIONS: '4' });
    writeFileSync(join(service.directory, '.env'), 'MAX_SESSIONS=5\nMAX_PROCESSES_PER_SESSION=6\nSECRET_OF_ENV=x\n');
    try {
      const [, url = ''] = await service.prints(/Listening on (ws:\/\/[^\s"]+)/);
      const client = await Client.connect(url);
      expect(client.greeting.limits.max_processes).toBe(6);
      const health = await fetch(`http://${new URL(url).host}/health`);
      expect(await health.json()).toMatchObject({ max_sessions: 4 });
    } finally {
      await service.end('SIGTERM');
      service.remove();
    }
  });

  it.each(['bash', '/bin/sh', 'default', 'zsh'])('names the shell: %s', async (shell) => {
    const service = await Service.start({ CC_EXECUTOR_SHELL: shell });
    try {
      const client = await Client.connect(service.url);
      const { stdout } = await client.run({ command: 'echo "${BASH_VERSION:+bash}${ZSH_VERSION:+zsh}"' });
      if (shell === 'bash') expect(stdout).toBe('bash\n');
      if (shell === 'zsh') expect(stdout).toMatch(/^(bash|zsh)\n$/);
    } finally {
      await service.stop();
    }
  });
});

describe('the log', () => {
  it('is one JSON object a line, with a message', async () => {
    const service = await Service.start({ LOG_LEVEL: 'debug' });
    const client = await Client.connect(service.url);
    await client.run({ command: 'echo "a\nb"; echo "{}" >&2; exit 3', env: { WORD: 'e2e-secret' } });
    await client.close();
    await service.stop();

    const lines = service.stdout.trimEnd().split('\n');
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ message: expect.any(String) });
    expect(service.stdout).not.toContain('e2e-secret');
    expect(service.stderr).toBe('');
  });
});

describe('the program config', () => {
  it('prints the effective configuration by section, secrets masked', async () => {
    const { code, stdout, stderr } = await runProgram([CONFIG], {
      PORT: '4711',
      MAX_SESSIONS: '17',
      AUTH_TOKEN: 's3cr3t-token-0123',
      REDIS_URL: 'redis://user:s3cr3t-redis@127.0.0.1:6379/0',
    });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const value of ['4711', '17', '127.0.0.1', '/ws/mcp']) expect(stdout).toContain(value);
    expect(stdout).not.toContain('s3cr3t');
  });

  it('names the faults of a bad one', async () => {
    const { code, stderr } = await runProgram([CONFIG], { MAX_SESSIONS: 'many', LOG_LEVEL: 'loud' });

    expect(code).toBe(78);
    expect(stderr).toMatch(/^MAX_SESSIONS: /m);
    expect(stderr).toMatch(/^LOG_LEVEL: /m);
  });
});
