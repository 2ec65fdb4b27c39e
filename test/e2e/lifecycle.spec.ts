import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { listed } from './support/rows.js';
import { ROOT, Service } from './support/service.js';
import type { Frame } from './support/wire.js';

jest.setTimeout(60_000);

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

let service: Service;

beforeAll(async () => {
  service = await Service.start();
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

afterEach(disconnectAll);

describe('a connection', () => {
  it('begins with one notification that says what the service is and allows', async () => {
    const client = await Client.connect(service.url);

    expect(client.received).toEqual([
      {
        jsonrpc: '2.0',
        method: 'connected',
        params: expect.objectContaining({
          session_id: expect.stringMatching(UUID),
          version,
          capabilities: expect.arrayContaining(['execute', 'control', 'stream']),
          heartbeat_interval: 30,
          resume_token: expect.any(String),
          limits: expect.objectContaining({
            max_message_bytes: 10_485_760,
            max_processes: 1,
            output_chunk_bytes: 65_536,
          }),
        }),
      },
    ]);
  });

  it('is a session of its own', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => Client.connect(service.url)));

    expect(new Set(clients.map((client) => client.greeting.session_id)).size).toBe(3);
    expect(new Set(clients.map((client) => client.greeting.resume_token)).size).toBe(3);
  });
});

describe('an execution', () => {
  it('is answered, then started, then heard, then completed', async () => {
    const client = await Client.connect(service.url);

    const { execution, completed } = await client.run({ command: 'echo hello; echo err >&2; exit 3' });

    expect(execution.started).toMatchObject({ status: 'started', timeout: expect.any(Number) });
    expect(execution.id).toMatch(UUID);
    expect(client.frames.slice(1, 3).map((frame) => frame.method ?? 'answer')).toEqual(['answer', 'process.started']);
    expect(execution.methods).toEqual(['process.started', 'process.output', 'process.output', 'process.completed']);
    expect(execution.events.map((event) => event.params.seq)).toEqual([1, 2, 3, 4]);
    expect(execution.events[0]?.params).toMatchObject({
      status: 'started',
      pid: execution.pid,
      pgid: execution.pid,
      exit_code: null,
      error: null,
      started_at: expect.any(Number),
    });
    expect(execution.output('stdout')).toEqual([
      expect.objectContaining({
        type: 'stdout',
        data: 'hello\n',
        truncated: false,
        chunk_index: null,
        total_chunks: null,
        offset: 0,
      }),
    ]);
    expect(execution.output('stderr')).toEqual([
      expect.objectContaining({ type: 'stderr', data: 'err\n', truncated: false, offset: 0 }),
    ]);
    expect(completed).toMatchObject({
      status: 'failed',
      pid: execution.pid,
      pgid: execution.pid,
      exit_code: 3,
      signal: null,
      error: null,
      reason: 'exit',
      execution_time: expect.any(Number),
      seq_last: 4,
      bytes: { stdout: 6, stderr: 4 },
      sha256: {
        stdout: '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
        stderr: expect.stringMatching(/^[\da-f]{64}$/),
      },
      cpu_seconds: expect.any(Number),
      max_rss_bytes: null,
      early_completion_detected: false,
      early_completion_time: null,
      completion_marker: null,
      time_saved: 0,
    });
  });

  it('tells when it started in seconds since the epoch, and how long it took in seconds', async () => {
    const client = await Client.connect(service.url);
    const before = Date.now() / 1000;

    const { execution, completed } = await client.run({ command: 'sleep 0.3' });

    const startedAt = execution.events[0]?.params.started_at as number;
    expect(startedAt).toBeGreaterThan(before - 1);
    expect(startedAt).toBeLessThan(Date.now() / 1000);
    expect(completed.execution_time).toBeGreaterThan(0.29);
    expect(completed.execution_time).toBeLessThan(Date.now() / 1000 - before);
  });

  it('has nothing to say after process.completed', async () => {
    const client = await Client.connect(service.url);
    await client.run({ command: 'echo hello' });

    expect(await client.after(() => undefined)).toEqual([]);
  });

  it('runs without a shell as argv', async () => {
    const client = await Client.connect(service.url);

    const { stdout, completed } = await client.run({ argv: ['printf', '%s|', 'a b', '$HOME', '*', ''] });

    expect(stdout).toBe('a b|$HOME|*||');
    expect(completed).toMatchObject({ status: 'completed', exit_code: 0, reason: 'exit' });
  });

  it('runs one at a time: a second one is refused, the first goes on, a third may follow', async () => {
    const client = await Client.connect(service.url);
    const first = await client.execute({ command: 'read -r line; echo "first $line"', stdin: true });

    expect(await client.failure('execute', { command: 'echo second' })).toMatchObject({
      code: -32602,
      message: 'A process is already running',
    });
    await client.request('input', { data: 'goes on\n' });

    expect(await first.completed()).toMatchObject({ exit_code: 0 });
    expect(first.text('stdout')).toBe('first goes on\n');
    expect((await client.run({ command: 'echo third' })).stdout).toBe('third\n');
  });
});

/** Frames recorded from CC Executor: what its clients read must be there, with the same types. */
describe('a client of CC Executor', () => {
  const process = { pid: 1185, pgid: 1185 };
  const started = [
    { jsonrpc: '2.0', result: { status: 'started', ...process }, id: 1 },
    {
      jsonrpc: '2.0',
      method: 'process.started',
      params: { status: 'started', ...process, exit_code: null, error: null },
    },
  ];
  const output = (type: string, data: string): Frame => ({
    jsonrpc: '2.0',
    method: 'process.output',
    params: { type, data, truncated: false, chunk_index: null, total_chunks: null },
  });
  const completed = (status: string, exitCode: number): Frame => ({
    jsonrpc: '2.0',
    method: 'process.completed',
    params: {
      status,
      ...process,
      exit_code: exitCode,
      error: null,
      execution_time: 0.0007,
      early_completion_detected: false,
      early_completion_time: null,
      time_saved: 0,
      completion_marker: null,
    },
  });

  const recordings: { title: string; command: string; frames: Frame[] }[] = [
    {
      title: 'a command that prints and fails',
      command: 'echo hello; exit 3',
      frames: [...started, output('stdout', 'hello\n'), completed('failed', 3)],
    },
    {
      title: 'a command that prints to stderr',
      command: 'echo err >&2',
      frames: [...started, output('stderr', 'err\n'), completed('completed', 0)],
    },
    { title: 'a command that is silent', command: 'true', frames: [...started, completed('completed', 0)] },
    { title: 'a command that is killed', command: 'kill -9 $$', frames: [...started, completed('failed', -9)] },
  ];

  it('finds what it reads in the greeting', async () => {
    const client = await Client.connect(service.url);

    expectRecorded(client.frames, [
      {
        jsonrpc: '2.0',
        method: 'connected',
        params: {
          session_id: 'e39a4185-919b-4b92-87ec-d87466420115',
          version: '1.0.0',
          capabilities: ['execute', 'control', 'stream'],
        },
      },
    ]);
  });

  it.each(recordings)('finds what it reads in $title', async ({ command, frames }) => {
    const client = await Client.connect(service.url);
    client.sendJson({ jsonrpc: '2.0', id: 1, method: 'execute', params: { command } });
    await client.notification('process.completed');

    expectRecorded(client.frames.slice(1), frames);
  });

  it('finds what it reads in PAUSE, RESUME and CANCEL', async () => {
    const client = await Client.connect(service.url);
    const control = (id: number, status: string): Frame[] => [
      { jsonrpc: '2.0', result: { status }, id },
      {
        jsonrpc: '2.0',
        method: `process.${status}`,
        params: { status, ...process, exit_code: null, error: null },
      },
    ];
    client.sendJson({ jsonrpc: '2.0', id: 1, method: 'execute', params: { command: 'sleep 30' } });
    await client.notification('process.started');
    for (const [id, type, method] of [
      [2, 'PAUSE', 'process.paused'],
      [3, 'RESUME', 'process.resumed'],
      [4, 'CANCEL', 'process.canceled'],
    ]) {
      client.sendJson({ jsonrpc: '2.0', id, method: 'control', params: { type } });
      await client.notification(String(method));
    }
    await client.notification('process.completed');

    expectRecorded(client.frames.slice(1), [
      ...started,
      ...control(2, 'paused'),
      ...control(3, 'resumed'),
      ...control(4, 'canceled'),
      completed('canceled', -15),
    ]);
  });

  it('finds what it reads in a line of 200 KB', async () => {
    const client = await Client.connect(service.url);
    client.sendJson({
      jsonrpc: '2.0',
      id: 1,
      method: 'execute',
      params: { command: "head -c 200000 /dev/zero | tr '\\0' b; echo" },
    });
    await client.notification('process.completed');
    const piece = (size: number, index: number): Frame => ({
      jsonrpc: '2.0',
      method: 'process.output',
      params: {
        type: 'stdout',
        data: index === 3 ? `${'b'.repeat(size - 1)}\n` : 'b'.repeat(size),
        truncated: false,
        chunk_index: index,
        total_chunks: 4,
      },
    });

    expectRecorded(client.frames.slice(1), [
      ...started,
      ...[65_536, 65_536, 65_536, 3393].map(piece),
      completed('completed', 0),
    ]);
  });

  /** Same frames, in the same order, with every recorded field of the same type; fields that do not vary are equal. */
  function expectRecorded(actual: readonly Frame[], recorded: readonly Frame[]): void {
    expect(actual).toEqual(recorded.map((frame) => alike(frame)));
  }

  function alike(value: unknown, name = ''): unknown {
    if (['pid', 'pgid', 'execution_time'].includes(name)) return expect.any(Number);
    if (['session_id', 'version'].includes(name)) return expect.any(String);
    if (Array.isArray(value)) return expect.arrayContaining(value);
    if (typeof value !== 'object' || value === null) return value;
    return expect.objectContaining(
      Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, alike(inner, key)])),
    );
  }
});

describe('list and status', () => {
  it('lists nothing in a new session', async () => {
    const client = await Client.connect(service.url);

    expect(await listed(client)).toEqual([]);
  });

  it('shows what runs, with its labels, its output so far and its state', async () => {
    const client = await Client.connect(service.url);
    const labels = { purpose: 'test', 'any key': '' };
    const execution = await client.execute({ command: 'echo hello; sleep 1000', timeout: 900, labels });
    await execution.prints('hello\n');

    const row = {
      execution_id: execution.id,
      command: 'echo hello; sleep 1000',
      pid: execution.pid,
      pgid: execution.pid,
      state: 'running',
      started_at: execution.events[0]?.params.started_at,
      elapsed: expect.any(Number),
      bytes: { stdout: 6, stderr: 0 },
      timeout: 900,
      labels,
    };
    expect(await listed(client)).toEqual([expect.objectContaining(row)]);
    expect(await client.request('status', { execution_id: execution.id })).toMatchObject(row);
    for (const name of ['cpu_percent', 'rss_bytes']) expect((await listed(client))[0]).toHaveProperty(name);

    await execution.control('PAUSE');
    expect(await listed(client)).toEqual([expect.objectContaining({ ...row, state: 'paused' })]);
    await execution.control('RESUME');
    expect(await listed(client)).toEqual([expect.objectContaining(row)]);
  });

  it('counts the seconds of a running execution', async () => {
    const client = await Client.connect(service.url);
    const execution = await client.execute({ command: 'sleep 1000' });

    const elapsed = await eventually(
      async () => (await listed(client))[0]?.elapsed ?? 0,
      (seconds) => seconds > 0.2,
    );
    expect(elapsed).toBeLessThan(20);
    expect(execution.methods).toEqual(['process.started']);
  });

  it('keeps the status of what has ended, with its exit', async () => {
    const client = await Client.connect(service.url);
    const labels = { purpose: 'status' };
    const { execution } = await client.run({ command: 'echo hello; exit 3', labels });

    expect(await listed(client)).toEqual([]);
    expect(await client.request('status', { execution_id: execution.id })).toMatchObject({
      execution_id: execution.id,
      command: 'echo hello; exit 3',
      pid: execution.pid,
      pgid: execution.pid,
      state: expect.not.stringMatching(/^(running|paused)$/),
      bytes: { stdout: 6, stderr: 0 },
      exit_code: 3,
      signal: null,
      reason: 'exit',
      labels,
    });
  });

  it('lists in a session only its own executions; others are found by their id', async () => {
    const [one, other] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const execution = await one.execute({ command: 'sleep 1000' });

    expect(await listed(other)).toEqual([]);
    expect(await other.failure('control', { type: 'CANCEL' })).toMatchObject({ message: 'No process is running' });
    expect(await other.request('status', { execution_id: execution.id })).toMatchObject({ state: 'running' });
    await other.request('control', { type: 'CANCEL', execution_id: execution.id });
    expect(await execution.completed()).toMatchObject({ reason: 'canceled' });
  });
});

describe('ping', () => {
  it('is answered with the time in seconds', async () => {
    const client = await Client.connect(service.url);
    const before = Date.now() / 1000;

    const answer = (await client.request('ping')) as { timestamp: number };

    expect(answer).toMatchObject({ pong: true });
    expect(answer.timestamp).toBeGreaterThan(before - 1);
    expect(answer.timestamp).toBeLessThan(Date.now() / 1000 + 1);
  });

  it('is answered while a command runs', async () => {
    const client = await Client.connect(service.url);
    await client.execute({ command: 'sleep 1000' });

    expect(await client.request('ping', {})).toMatchObject({ pong: true });
  });
});

describe('health', () => {
  it('counts the sessions', async () => {
    const clients = await Promise.all([1, 2].map(() => Client.connect(service.url)));

    const response = await fetch(service.http('/health'));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toMatchObject({
      status: 'healthy',
      service: 'cc_executor_mcp',
      version,
      active_sessions: 2,
      max_sessions: 100,
      uptime_seconds: expect.any(Number),
    });

    await Promise.all(clients.map((client) => client.close()));
    await eventually(
      async () =>
        ((await (await fetch(service.http('/health'))).json()) as { active_sessions: number }).active_sessions,
      (count) => count === 0,
    );
  });

  it('is also a bare yes', async () => {
    const response = await fetch(service.http('/healthz'));

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });
});
