import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { mark, marked } from './support/proc.js';
import { Service, fixture } from './support/service.js';
import { startTree } from './support/tree.js';

jest.setTimeout(60_000);

let service: Service;
let client: Client;

beforeAll(async () => {
  service = await Service.start({
    PROCESS_CLEANUP_TIMEOUT: '0.5',
    STREAM_TIMEOUT: '0.4',
    MAX_PROCESSES_PER_SESSION: '3',
  });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

beforeEach(async () => {
  client = await Client.connect(service.url);
});

afterEach(disconnectAll);

/** Resolves when a command has slept for so many seconds: the service's own clock. */
async function sleep(seconds: number): Promise<void> {
  const other = await Client.connect(service.url);
  await other.run({ command: `sleep ${seconds}` });
  await other.close();
}

describe('timeout', () => {
  it('ends the whole tree, says why, and then how', async () => {
    const tree = await startTree(client, ['background', 'setsid', 'daemon'], { timeout: 2.5 });
    expect(tree.execution.started.timeout).toBe(2.5);

    const completed = await tree.execution.completed();
    expect(marked(tree.mark)).toEqual([]);
    expect(tree.execution.methods.filter((method) => !/output|stalled/.test(method))).toEqual([
      'process.started',
      'timeout.warning',
      'process.error',
      'process.completed',
    ]);
    expect((await tree.execution.event('process.error')).params).toMatchObject({
      error: expect.stringMatching(/^Stream timeout/),
      code: -32004,
    });
    const error = JSON.stringify((await tree.execution.event('process.error')).params);
    expect(error).toContain('"kind":"execution"');
    expect(error).toContain('"duration":2.5');
    expect(completed).toMatchObject({ status: 'failed', exit_code: -15, signal: 'SIGTERM', reason: 'timeout' });
    expect(completed.execution_time).toBeGreaterThan(2.4);
  });

  it('kills what ignores SIGTERM', async () => {
    const { id, env } = mark();
    const { completed } = await client.run({ argv: ['bash', fixture('ignores-term.sh')], env, timeout: 1 });

    expect(marked(id)).toEqual([]);
    expect(completed).toMatchObject({ status: 'failed', exit_code: -9, signal: 'SIGKILL', reason: 'timeout' });
  });

  it('ends a flood', async () => {
    const { completed } = await client.run({ command: 'yes', timeout: 0.3, output: { mode: 'chunk' } });

    expect(completed).toMatchObject({ status: 'failed', exit_code: -15, reason: 'timeout' });
  });

  it('does not run while paused', async () => {
    const execution = await client.execute({ command: 'sleep 1000', timeout: 1 });
    await execution.control('PAUSE');
    await sleep(1.5);
    expect(execution.methods.filter((method) => method !== 'process.stalled')).toEqual([
      'process.started',
      'process.paused',
    ]);

    await execution.control('RESUME');
    expect(await execution.completed()).toMatchObject({ reason: 'timeout' });
  });

  it.each([{ timeout: 0 }, {}, { timeout: 60 }])('of %j lets a short command end by itself', async (params) => {
    const { execution, completed } = await client.run({ command: 'sleep 0.6; echo done', ...params });

    expect(execution.started.timeout).toEqual(
      params.timeout === 60 ? 60 : params.timeout === 0 ? null : expect.any(Number),
    );
    expect(completed).toMatchObject({ exit_code: 0, reason: 'exit' });
  });

  it('comes after an end by itself: one process.completed', async () => {
    const { execution, completed } = await client.run({ command: 'sleep 0.2; exit 3', timeout: 1 });
    await sleep(1.2);

    expect(completed).toMatchObject({ exit_code: 3, reason: 'exit' });
    expect(execution.methods).toEqual(['process.started', 'process.completed']);
  });
});

describe('stall_timeout', () => {
  it('ends a command that has been silent for so long', async () => {
    const { id, env } = mark();
    const { execution, completed } = await client.run({ command: 'echo a; sleep 1000', env, stall_timeout: 0.5 });

    expect(marked(id)).toEqual([]);
    expect(execution.started).toMatchObject({ stall_timeout: 0.5 });
    expect(execution.methods).toEqual([
      'process.started',
      'process.output',
      'process.stalled',
      'process.error',
      'process.completed',
    ]);
    const stalled = (await execution.event('process.stalled')).params as unknown as Record<string, number>;
    expect(stalled['stall_timeout']).toBe(0.5);
    expect(stalled['idle']).toBeGreaterThanOrEqual(0.45);
    const { params } = await execution.event('process.error');
    expect(params).toMatchObject({ error: expect.stringMatching(/^Stream timeout/), code: -32004 });
    expect(JSON.stringify(params)).toContain('"kind":"stall"');
    expect(completed).toMatchObject({ status: 'failed', exit_code: -15, reason: 'stalled' });
  });

  it('counts from the last output, on either stream', async () => {
    const command = 'for i in 1 2 3 4; do sleep 0.4; echo $i; sleep 0.4; echo $i >&2; done';
    const { completed, execution } = await client.run({ command, stall_timeout: 1.5 });

    expect(completed).toMatchObject({ exit_code: 0, reason: 'exit' });
    expect(execution.methods).not.toContain('process.stalled');
  });

  it('does not run while paused', async () => {
    const execution = await client.execute({ command: 'sleep 1000', stall_timeout: 1 });
    await execution.control('PAUSE');
    await sleep(1.5);
    expect(execution.methods).toEqual(['process.started', 'process.paused']);

    await execution.control('RESUME');
    expect(await execution.completed()).toMatchObject({ reason: 'stalled' });
  });

  it('absent, a silence of STREAM_TIMEOUT is said once and ends nothing', async () => {
    const { execution, completed } = await client.run({ command: 'sleep 1.5; echo done' });

    expect(execution.started.stall_timeout).toBeGreaterThan(1.5);
    expect(execution.methods).toEqual(['process.started', 'process.stalled', 'process.output', 'process.completed']);
    expect(completed).toMatchObject({ exit_code: 0, reason: 'exit' });
  });
});

describe('DEFAULT_EXECUTION_TIMEOUT', () => {
  let strict: Service;

  beforeAll(async () => {
    strict = await Service.start({ DEFAULT_EXECUTION_TIMEOUT: '0.5' });
  });

  afterAll(async () => {
    await strict.stop();
  });

  beforeEach(async () => {
    client = await Client.connect(strict.url);
  });

  it('holds where the client gives none', async () => {
    const { execution, completed } = await client.run({ command: 'sleep 1000' });

    expect(execution.started.timeout).toBe(0.5);
    expect(completed).toMatchObject({ reason: 'timeout' });
  });

  it.each([
    [5, 5],
    [0, null],
  ])('gives way to a timeout of %j', async (timeout, told) => {
    const { execution, completed } = await client.run({ command: 'sleep 0.8', timeout });

    expect(execution.started.timeout).toBe(told);
    expect(completed).toMatchObject({ exit_code: 0, reason: 'exit' });
  });
});
