import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { type ProcessRow, descendants, isAlive, mark, marked, markedGone, processRow } from './support/proc.js';
import { listed } from './support/rows.js';
import { Service, fixture } from './support/service.js';
import { startTree } from './support/tree.js';
import type { Completed } from './support/wire.js';

jest.setTimeout(60_000);

const TOKEN = 'e2e-secret-token';
const REDIS_SECRET = 'e2e-redis-secret';

let service: Service;
let client: Client;

beforeAll(async () => {
  service = await Service.start({ PROCESS_CLEANUP_TIMEOUT: '1', MAX_PROCESSES_PER_SESSION: '4' });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

beforeEach(async () => {
  client = await Client.connect(service.url);
});

afterEach(disconnectAll);

function running(rows: ReturnType<typeof marked>): string[] {
  return rows.map(({ state }) => state);
}

describe('an exit code', () => {
  it('of 0 to 255 is told exactly', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => Client.connect(service.url)));
    const codes = Array.from({ length: 256 }, (_, code) => code);
    const ends = new Map<number, Completed>();
    await Promise.all(
      clients.map(async (one, index) => {
        for (const code of codes.filter((each) => each % clients.length === index)) {
          ends.set(code, (await one.run({ command: `exit ${code}` })).completed);
        }
      }),
    );

    const told = codes.map((code) => ends.get(code));
    expect(told.map((end) => end?.exit_code)).toEqual(codes);
    expect(told.map((end) => end?.status)).toEqual(codes.map((code) => (code === 0 ? 'completed' : 'failed')));
    expect(told.every((end) => end?.signal === null && end.reason === 'exit')).toBe(true);
  });

  it.each<[string, object, number]>([
    ['of a command that is not there', { command: 'no-such-program-anywhere' }, 127],
    ['of a command that cannot be executed', { command: '/etc/passwd' }, 126],
    ['of a shell that cannot parse', { command: 'if' }, 2],
    ['of a child that was killed', { command: 'bash -c "kill -9 \\$\\$"; exit $?' }, 137],
  ])('%s is that of the shell', async (_, params, code) => {
    const { completed, execution } = await client.run({ ...params });

    expect(completed).toMatchObject({ status: 'failed', exit_code: code, signal: null, reason: 'exit' });
    expect(execution.methods.at(-1)).toBe('process.completed');
  });
});

describe('an end by a signal', () => {
  it.each([
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGILL', 4],
    ['SIGABRT', 6],
    ['SIGKILL', 9],
    ['SIGUSR1', 10],
    ['SIGSEGV', 11],
    ['SIGPIPE', 13],
    ['SIGALRM', 14],
    ['SIGTERM', 15],
  ])('%s is told with its number', async (signal, number) => {
    const { completed } = await client.run({ command: `kill -${number} $$; sleep 1000` });

    expect(completed).toMatchObject({ status: 'failed', exit_code: -number, signal, reason: 'signal' });
  });

  it('from outside is told alike', async () => {
    const execution = await client.execute({ command: 'sleep 1000' });
    process.kill(execution.pid, 'SIGTERM');

    expect(await execution.completed()).toMatchObject({
      status: 'failed',
      exit_code: -15,
      signal: 'SIGTERM',
      reason: 'signal',
    });
  });
});

describe('an execution', () => {
  it('leads a session and a process group of its own, without a terminal', async () => {
    const { started, pid } = await client.execute({ command: 'sleep 1000; true' });

    expect(started.pgid).toBe(pid);
    expect(processRow(pid)).toMatchObject({ group: pid, session: pid, terminal: 0 });
    expect(pid).not.toBe(service.pid);
    const [row] = await listed(client);
    expect(row).toMatchObject({ pid, pgid: pid });
  });

  it('begins with default signals, none blocked', async () => {
    const { stdout } = await client.run({ argv: ['cat', '/proc/self/status'] });

    const masks = [...stdout.matchAll(/^Sig(?:Blk|Ign|Cgt):\s+(\S+)$/gm)].map(([, bits]) => Number(bits));
    expect(masks).toEqual([0, 0, 0]);
  });

  it('begins with the umask and the niceness of the service, and more badness', async () => {
    const { stdout } = await client.run({
      command: 'grep ^Umask /proc/self/status; nice; cat /proc/self/oom_score_adj',
    });

    const status = readFileSync(`/proc/${service.pid}/status`, 'utf8');
    const badness = Math.min(1000, Number(readFileSync(`/proc/${service.pid}/oom_score_adj`, 'utf8')) + 500);
    expect(stdout).toBe(`${/^Umask.*/m.exec(status)?.[0] ?? ''}\n0\n${badness}\n`);
  });

  it('runs where cwd says', async () => {
    const cwd = join(service.directory, 'a dir é😀');
    mkdirSync(cwd);

    expect((await client.run({ command: 'pwd', cwd })).stdout).toBe(`${realpathSync(cwd)}\n`);
    expect((await client.run({ argv: ['pwd'], cwd: '/' })).stdout).toBe('/\n');
  });

  it('knows what env says', async () => {
    const env = { GREETING: 'héllo = "wörld"\n$x', EMPTY: '', PATH: '/usr/bin:/bin', PORT: '1' };
    const { stdout } = await client.run({ command: 'printf "%s|" "$GREETING" "${EMPTY-unset}" "$PATH" "$PORT"', env });

    expect(stdout).toBe(`${env.GREETING}||${env.PATH}|1|`);
  });

  it('finds the program of its argv on the PATH that it gets', async () => {
    const directory = join(service.directory, 'bin');
    mkdirSync(directory);
    writeFileSync(join(directory, 'greets'), '#!/bin/sh\necho "hello $1"\n', { mode: 0o755 });

    expect(await client.failure('execute', { argv: ['greets', 'you'] })).toMatchObject({ code: -32602 });
    const { stdout } = await client.run({ argv: ['greets', 'you'], env: { PATH: `${directory}:/usr/bin:/bin` } });
    expect(stdout).toBe('hello you\n');
  });

  it('leaves no zombie', async () => {
    for (const command of ['true', 'sleep 1000 & true', 'kill -9 $$', '(setsid sleep 1000 &)']) {
      await client.run({ command });
    }
    const execution = await client.execute({ command: 'sleep 1000' });
    await execution.control('CANCEL');
    await execution.completed();

    await eventually(
      () => descendants(service.pid).filter(({ state }) => state === 'Z'),
      (zombies) => zombies.length === 0,
    );
  });
});

describe('the environment of a command', () => {
  it('has nothing that configures the service, its secrets above all', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tokens-'));
    writeFileSync(join(directory, 'tokens.yaml'), '[]\n', { mode: 0o600 });
    const own = {
      AUTH_TOKEN: TOKEN,
      AUTH_TOKENS_FILE: join(directory, 'tokens.yaml'),
      REDIS_URL: `redis://:${REDIS_SECRET}@127.0.0.1:1/0`,
      REDIS_PASSWORD: REDIS_SECRET,
      HOST: '127.0.0.1',
      DEBUG: 'false',
      LOG_LEVEL: 'info',
      MAX_SESSIONS: '7',
      SESSION_TIMEOUT: '100',
      ALLOWED_ORIGINS: 'http://good.example',
      npm_config_registry: 'http://registry.example',
      npm_lifecycle_event: 'start',
      INIT_CWD: '/',
      API_KEY_OF_AN_AGENT: 'kept',
    };
    const secured = await Service.start(own);
    try {
      const one = await Client.connect(secured.url, { headers: { Authorization: `Bearer ${TOKEN}` } });
      const { stdout, execution } = await one.run({ command: 'env -0', env: { ASKED: 'for' } });
      const found = Object.fromEntries(
        stdout
          .split('\0')
          .filter((pair) => pair !== '')
          .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
      );

      expect(found).toMatchObject({
        ASKED: 'for',
        API_KEY_OF_AN_AGENT: 'kept',
        HOME: secured.directory,
        CC_EXECUTOR_EXECUTION_ID: execution.id,
        CC_EXECUTOR_INSTANCE: expect.stringMatching(/./),
      });
      const names = Object.keys(own).filter((name) => name !== 'API_KEY_OF_AN_AGENT');
      for (const name of [...names, 'PORT', 'DATA_DIR', 'CC_EXECUTOR_SHELL']) expect(found).not.toHaveProperty(name);
      expect(stdout).not.toContain(TOKEN);
      expect(stdout).not.toContain(REDIS_SECRET);
    } finally {
      rmSync(directory, { recursive: true });
      await secured.stop();
    }
  });
});

describe('PAUSE and RESUME', () => {
  it('stop and continue the whole group', async () => {
    const tree = await startTree(client, ['background', 'deep']);

    expect(await tree.execution.control('PAUSE')).toEqual({ status: 'paused' });
    await eventually(
      () => running(marked(tree.mark)),
      (states) => states.length >= 4 && states.every((state) => state === 'T'),
    );
    expect(await tree.execution.control('RESUME')).toEqual({ status: 'resumed' });
    await eventually(
      () => running(marked(tree.mark)),
      (states) => states.length >= 4 && states.every((state) => state !== 'T'),
    );
    expect(tree.execution.methods.filter((method) => method !== 'process.output')).toEqual([
      'process.started',
      'process.paused',
      'process.resumed',
    ]);
  });

  it('hold the output and let it go on', async () => {
    const execution = await client.execute({ command: 'while :; do echo tick; sleep 0.05; done' });
    await execution.prints('tick\ntick\n');
    await execution.control('PAUSE');
    const paused = execution.output().length;
    await client.run({ command: 'sleep 0.5' });
    // What was in the pipe may still come; a running loop would have given ten.
    expect(execution.output().length - paused).toBeLessThan(4);

    await execution.control('RESUME');
    await eventually(
      () => execution.output().length,
      (count) => count > paused + 5,
    );
  });

  it('may come twice', async () => {
    const execution = await client.execute({ command: 'sleep 1000' });

    for (const [type, status] of [
      ['PAUSE', 'paused'],
      ['PAUSE', 'paused'],
      ['RESUME', 'resumed'],
      ['RESUME', 'resumed'],
    ] as const) {
      expect(await execution.control(type)).toEqual({ status });
    }
    expect(await execution.control('CANCEL')).toEqual({ status: 'canceled' });
    expect(await execution.completed()).toMatchObject({ reason: 'canceled', exit_code: -15 });
  });
});

describe('CANCEL', () => {
  it.each<[string, string[]]>([
    ['a plain command', []],
    ['a background process', ['background']],
    ['children of children', ['deep']],
    ['a process with its own session', ['setsid']],
    ['a double fork', ['double-fork']],
    ['a daemon that has closed its pipes', ['daemon']],
    ['a process with its own session that ignores SIGTERM', ['stubborn']],
    ['all of that', ['background', 'deep', 'setsid', 'double-fork', 'daemon', 'stubborn']],
  ])('ends %s, and nothing is alive when process.completed comes', async (_, shapes) => {
    const tree = await startTree(client, shapes);

    expect(await tree.execution.control('CANCEL')).toEqual({ status: 'canceled' });
    const completed = await tree.execution.completed();

    expect(marked(tree.mark)).toEqual([]);
    expect(completed).toMatchObject({ status: 'canceled', exit_code: -15, signal: 'SIGTERM', reason: 'canceled' });
    expect(tree.execution.methods.slice(-2)).toEqual(['process.canceled', 'process.completed']);
  });

  it.each<[string, string[]]>([
    ['a plain command', []],
    ['a tree', ['background', 'setsid', 'stubborn']],
  ])('ends %s that is paused', async (_, shapes) => {
    const tree = await startTree(client, shapes);
    await tree.execution.control('PAUSE');

    expect(await tree.execution.control('CANCEL')).toEqual({ status: 'canceled' });
    const completed = await tree.execution.completed();

    expect(marked(tree.mark)).toEqual([]);
    expect(completed).toMatchObject({ status: 'canceled', exit_code: -15, reason: 'canceled' });
  });

  it('kills what ignores SIGTERM after PROCESS_CLEANUP_TIMEOUT', async () => {
    const { id, env } = mark();
    const execution = await client.execute({ argv: ['bash', fixture('ignores-term.sh')], env });
    await execution.prints('ready');

    await execution.control('CANCEL');
    const completed = await execution.completed();

    expect(marked(id)).toEqual([]);
    expect(completed).toMatchObject({ status: 'canceled', exit_code: -9, signal: 'SIGKILL', reason: 'canceled' });
    expect(completed.execution_time).toBeGreaterThan(0.9);
  });

  it('lets a command clean up and tell its own exit code', async () => {
    const execution = await client.execute({
      command: 'trap "echo cleaned; exit 5" TERM; echo ready; while :; do sleep 0.05; done',
    });
    await execution.prints('ready');

    await execution.control('CANCEL');
    expect(await execution.completed()).toMatchObject({
      status: 'canceled',
      exit_code: 5,
      signal: null,
      reason: 'canceled',
    });
    expect(execution.text('stdout')).toBe('ready\ncleaned\n');
  });

  it('may come twice, and with SIGKILL after it', async () => {
    const execution = await client.execute({ argv: ['bash', fixture('ignores-term.sh')] });
    await execution.prints('ready');

    expect(await execution.control('CANCEL')).toEqual({ status: 'canceled' });
    const second = await client.call('control', { type: 'CANCEL', execution_id: execution.id });
    expect(second).toMatchObject({ result: { status: 'canceled' } });
    await execution.control('SIGNAL', { signal: 'SIGKILL' });
    expect(await execution.completed()).toMatchObject({ status: 'canceled', exit_code: -9, reason: 'canceled' });
    expect(execution.methods.filter((method) => method === 'process.completed')).toHaveLength(1);
  });

  it('leaves no time limit behind, whatever came before it', async () => {
    const execution = await client.execute({ argv: ['bash', fixture('ignores-term.sh')], timeout: 0.9 });
    // Before its trap is set, SIGTERM would end it.
    await execution.prints('ready');
    await execution.control('PAUSE');
    await Promise.all([execution.control('RESUME'), execution.control('CANCEL')]);

    expect(await execution.completed()).toMatchObject({ status: 'canceled', reason: 'canceled', exit_code: -9 });
    expect(execution.methods).not.toContain('process.error');
  });

  it('stops a flood', async () => {
    const execution = await client.execute({ command: 'yes', output: { mode: 'chunk' } });
    await execution.event('process.output');

    await execution.control('CANCEL');
    expect(await execution.completed()).toMatchObject({ status: 'canceled', exit_code: -15 });
  });

  it('of one execution leaves the others of the session alone', async () => {
    const [one, other] = [
      await client.execute({ command: 'sleep 1000' }),
      await client.execute({ command: 'read -r x; echo "$x"', stdin: true }),
    ];
    await one.control('CANCEL');
    await one.completed();
    await client.request('input', { execution_id: other.id, data: 'alive\n' });

    expect(await other.completed()).toMatchObject({ exit_code: 0 });
    expect(other.text('stdout')).toBe('alive\n');
  });
});

describe('SIGNAL', () => {
  it('reaches the command, which may go on', async () => {
    const execution = await client.execute({ argv: ['bash', fixture('counts-signals.sh')] });
    await execution.prints('ready\n');

    expect(await execution.control('SIGNAL', { signal: 'SIGUSR1' })).toEqual({ status: 'signaled' });
    await execution.prints('one\n');
    await execution.control('SIGNAL', { signal: 'SIGUSR2' });
    expect(await execution.completed()).toMatchObject({ status: 'failed', exit_code: 4, reason: 'exit' });
    expect(execution.text('stdout')).toBe('ready\none\ntwo\n');
  });

  it.each([
    ['SIGKILL', -9],
    ['SIGINT', -2],
    ['SIGHUP', -1],
    ['SIGTERM', -15],
  ])('%s reaches the whole group, and is how it ended', async (signal, code) => {
    const tree = await startTree(client, ['background']);

    await tree.execution.control('SIGNAL', { signal });
    const completed = await tree.execution.completed();

    expect(marked(tree.mark)).toEqual([]);
    expect(completed).toMatchObject({ status: 'failed', exit_code: code, signal, reason: 'signal' });
  });
});

describe('what a command leaves in the background', () => {
  it.each<[string, string[]]>([
    ['a child', ['background']],
    ['a session', ['setsid']],
    ['a double fork', ['double-fork']],
    ['a daemon that has closed its pipes', ['daemon']],
    ['one that ignores SIGTERM', ['stubborn']],
    ['a mix', ['background', 'deep', 'setsid', 'double-fork', 'daemon', 'stubborn']],
  ])('is gone when process.completed comes: %s', async (_, shapes) => {
    const { id, env } = mark();
    const { completed, stdout } = await client.run({
      argv: ['bash', fixture('tree.sh'), ...shapes],
      env: { ...env, LEAVE: '5' },
    });

    expect(marked(id)).toEqual([]);
    expect(stdout.endsWith('ready\n')).toBe(true);
    expect(completed).toMatchObject({ status: 'failed', exit_code: 5, signal: null, reason: 'exit' });
  });

  it('is gone as well after a leader that was killed', async () => {
    const tree = await startTree(client, ['background', 'setsid', 'daemon']);
    process.kill(tree.execution.pid, 'SIGKILL');
    const completed = await tree.execution.completed();

    expect(marked(tree.mark)).toEqual([]);
    expect(completed).toMatchObject({ exit_code: -9, reason: 'signal' });
  });

  it.each([
    'setsid sleep 1000 & true',
    'exec setsid --fork sleep 1000',
    'setsid bash -c "setsid sleep 1000 & exec true" & exit 0',
    '(setsid env A=1 env B=2 sleep 1000 </dev/null >/dev/null 2>&1 &); exit 0',
  ])('is gone even where it leaves the group at the moment when its leader ends: %s', async (command) => {
    const escaped: ProcessRow[] = [];
    const one = async (): Promise<void> => {
      for (let round = 0; round < 10; round++) {
        const { id, env } = mark();
        await client.run({ command, env });
        const left = marked(id);
        escaped.push(...left);
        for (const { pid } of left) process.kill(pid, 'SIGKILL');
      }
    };
    await Promise.all([one(), one(), one(), one()]);

    expect(escaped).toEqual([]);
  });

  it('is gone even where each process starts the next and ends', async () => {
    const { id, env } = mark();
    await client.run({ argv: ['bash', fixture('respawns.sh'), '500'], env });

    for (let look = 0; look < 50; look++) expect(marked(id)).toEqual([]);
  });

  it('stays with on_exit keep, is listed, and ends with the session', async () => {
    const { id, env } = mark();
    const { completed, execution } = await client.run({
      argv: ['bash', fixture('tree.sh'), 'background', 'setsid', 'daemon', 'stubborn'],
      env: { ...env, LEAVE: '0' },
      on_exit: 'keep',
    });

    const alive = marked(id)
      .map(({ pid }) => pid)
      .sort((a, b) => a - b);
    expect(alive).toHaveLength(4);
    expect([...(completed.survivors ?? [])].sort((a, b) => a - b)).toEqual(alive);
    expect(completed).toMatchObject({ status: 'completed', exit_code: 0, reason: 'exit' });
    expect(await listed(client)).toEqual([expect.objectContaining({ execution_id: execution.id })]);

    expect((await client.run({ command: 'echo next' })).stdout).toBe('next\n');
    expect(marked(id)).toHaveLength(4);
    await client.close();
    await markedGone(id);
  });

  it('is not there with on_exit keep when nothing was left', async () => {
    const { completed } = await client.run({ command: 'true', on_exit: 'keep' });

    expect(completed.survivors ?? []).toEqual([]);
    expect(await listed(client)).toEqual([]);
  });

  it('of another execution is left alone', async () => {
    const tree = await startTree(client, ['background', 'setsid', 'daemon']);
    await client.run({ command: 'sleep 1000 & true' });
    const other = await Client.connect(service.url);
    await other.run({ command: 'setsid sleep 1000 & true' });

    expect([...tree.pids.values()].every((pid) => isAlive(processRow(pid)))).toBe(true);
    expect(marked(tree.mark)).toHaveLength(5);
  });
});
