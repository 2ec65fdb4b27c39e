import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Service } from './support/service.js';
import type { Params } from './support/wire.js';

jest.setTimeout(90_000);

interface Estimate {
  readonly expected_time: number;
  readonly max_time: number;
  readonly stall_timeout: number;
  readonly based_on: string;
  readonly samples: number;
  readonly quantile: number | null;
  readonly confidence: number;
  readonly task: Readonly<Record<'category' | 'name' | 'complexity' | 'type', string>>;
}

/** A task of its own: nothing any other test does teaches it. */
let tasks = 0;
function task(complexity: string, type = `type-${tasks++}`): Params {
  return { category: 'test', name: `task-${tasks++}`, complexity, type };
}

let service: Service;
let client: Client;

beforeAll(async () => {
  service = await Service.start({
    BASELINE_MULTIPLIER: '1',
    RESOURCE_MULTIPLIER: '1',
    DEFAULT_TRIVIAL_EXPECTED: '1',
    DEFAULT_TRIVIAL_MAX: '2',
    DEFAULT_SIMPLE_EXPECTED: '5',
    DEFAULT_SIMPLE_MAX: '10',
    MAX_EXECUTION_TIMEOUT: '3600',
    HEURISTIC_DEPLOY_STAGE: '30:100',
    PROCESS_CLEANUP_TIMEOUT: '0.5',
  });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

beforeEach(async () => {
  client = await Client.connect(service.url);
});

afterEach(disconnectAll);

async function estimate(params: Params): Promise<Estimate> {
  return (await client.request('estimate', params)) as Estimate;
}

describe('an estimate', () => {
  it('is by complexity where nothing is known', async () => {
    const given = task('simple');

    expect(await estimate({ command: 'true', task: given })).toMatchObject({
      expected_time: 5,
      max_time: 10,
      stall_timeout: 10,
      based_on: 'default',
      samples: 0,
      quantile: null,
      load_multiplier: 1,
      task: given,
    });
  });

  it('tells the load of the machine, as soon as that is known', async () => {
    const load = async (): Promise<Params> =>
      ((await client.request('estimate', { command: 'true' })) as { system_load: Params }).system_load;
    const known = await eventually(
      load,
      ({ cpu_percent, memory_percent }) => cpu_percent !== null && memory_percent !== null,
    );

    expect(known).toEqual({
      cpu_percent: expect.any(Number),
      memory_percent: expect.any(Number),
      gpu_percent: known['gpu_percent'],
    });
    expect(Number(known['memory_percent'])).toBeGreaterThan(0);
  });

  it('is the operator’s own where there is one', async () => {
    const given = { ...task('simple'), category: 'deploy', name: 'stage' };

    expect(await estimate({ command: 'true', task: given })).toMatchObject({
      expected_time: 30,
      max_time: 100,
      based_on: 'heuristic',
    });
  });

  it('gives a command nothing is known of ten minutes at least', async () => {
    const { max_time, task: known } = await estimate({ command: 'no-such-program --of any kind' });

    expect(max_time).toBeGreaterThanOrEqual(600);
    expect(known).toMatchObject({ category: 'unknown', complexity: 'medium' });
  });

  it('never is beyond the maximum', async () => {
    const given = { ...task('simple'), complexity: 'extreme' };

    expect((await estimate({ command: 'sleep 1', task: given })).max_time).toBeLessThanOrEqual(3600);
  });

  it('is learned from three runs, first for tasks like it and then for itself', async () => {
    const given = task('simple');
    for (let run = 0; run < 3; run++) await client.run({ command: 'sleep 0.1', task: given });
    const own = await estimate({ command: 'sleep 0.1', task: given });
    const alike = await estimate({ command: 'sleep 0.1', task: { ...given, name: 'another' } });

    expect(own).toMatchObject({ based_on: 'exact_history', samples: 3, max_time: 60 });
    expect(own.expected_time).toBeGreaterThan(0.09);
    expect(own.quantile).toBeGreaterThan(0.7);
    expect(alike).toMatchObject({ based_on: 'similar_tasks', samples: 3 });
    expect(alike.confidence).toBeLessThan(own.confidence);
  });

  it('does not learn that a task is short from runs that failed at the start or were canceled', async () => {
    const given = task('simple');
    for (let run = 0; run < 3; run++) await client.run({ command: 'exit 1', task: given });
    for (let run = 0; run < 2; run++) {
      const execution = await client.execute({ command: 'sleep 60', task: given });
      await execution.control('CANCEL');
      await execution.completed();
    }

    expect(await estimate({ command: 'exit 1', task: given })).toMatchObject({ based_on: 'default', max_time: 10 });
  });

  it('is what execute uses and tells', async () => {
    const params = { command: 'true', task: task('simple') };
    const told = await estimate(params);
    const { started } = (await client.run(params)).execution;

    expect(started).toMatchObject({ timeout: told.max_time, stall_timeout: told.stall_timeout });
    expect(started.estimate).toMatchObject({ max_time: told.max_time, based_on: 'default', task: told.task });
  });

  it('is of what the command’s tags say', async () => {
    const tagged = '[category:data][task:import][complexity:simple][type:sql] true';

    expect((await estimate({ command: `: '${tagged}'` })).task).toEqual({
      category: 'data',
      name: 'import',
      complexity: 'simple',
      type: 'sql',
    });
  });

  it.each([
    [{ command: '' }],
    [{}],
    [{ command: 'true', argv: ['true'] }],
    [{ command: 'true', timeout: 1 }],
    [{ command: 'true', task: { complexity: 'hard' } }],
    [{ command: 'true', task: { nothing: 1 } }],
  ])('of %j is refused', async (params) => {
    expect(await client.failure('estimate', params)).toMatchObject({ code: -32602 });
  });
});

describe('validate_timeout', () => {
  it.each([
    [20, true, 100],
    [10, true, 0],
    [6, true, -40],
    [1, false, -90],
    [7200, false, 71_900],
    [0, false, null],
  ])('judges %d s', async (timeout, isValid, difference) => {
    const verdict = await client.request('validate_timeout', { command: 'true', timeout, task: task('simple') });

    expect(verdict).toEqual({
      is_valid: isValid,
      proposed_timeout: timeout,
      suggested_timeout: 10,
      difference_percentage: difference,
      confidence: 0.25,
      based_on: 'default',
      adjustment_reason: expect.any(String),
    });
  });

  it('wants a timeout', async () => {
    expect(await client.failure('validate_timeout', { command: 'true' })).toMatchObject({ code: -32602 });
  });
});

describe('an estimated limit', () => {
  it('is warned of, and ends what makes no progress', async () => {
    const { completed, execution } = await client.run({ command: 'sleep 60', task: task('trivial') });
    const { params } = await execution.event('timeout.warning');

    expect(params).toMatchObject({ limit: 2, based_on: 'default', session_id: client.greeting.session_id });
    expect(params['remaining']).toBeGreaterThan(0);
    expect(execution.methods.slice(0, 2)).toEqual(['process.started', 'timeout.warning']);
    expect(execution.methods.slice(-2)).toEqual(['process.error', 'process.completed']);
    // What the start itself has used may be seen late, on a busy machine after the warning.
    expect(execution.methods.filter((method) => method === 'timeout.extended').length).toBeLessThanOrEqual(1);
    expect(completed.status).toBe('failed');
    expect(['timeout', 'stalled']).toContain(completed.reason);
    expect(completed.error).toMatch(/^Stream timeout.*progress|^Stream timeout.*estimate/);
  });

  it('moves while there is output', async () => {
    const command = 'for i in $(seq 25); do echo $i; sleep 0.1; done';
    const { completed, execution } = await client.run({ command, task: task('trivial') });

    expect((await execution.event('timeout.extended')).params).toMatchObject({ from: 2, to: 4, why: 'progress' });
    expect(completed).toMatchObject({ status: 'completed', exit_code: 0 });
  });

  it('moves while there is nothing but CPU time', async () => {
    const execution = await client.execute({ command: 'while :; do :; done', task: task('simple') });

    expect((await execution.event('timeout.extended')).params).toMatchObject({ from: 10, to: 20, why: 'progress' });
    await execution.control('CANCEL');
    expect((await execution.completed()).reason).toBe('canceled');
  });

  it('is none where stdin is open: the command waits for its client', async () => {
    const execution = await client.execute({ command: 'cat', stdin: true, task: task('trivial') });

    expect(execution.started).toMatchObject({ timeout: 3600, stall_timeout: null });
    await client.request('input', { eof: true });
    await execution.completed();
  });

  it('does not run while paused', async () => {
    const execution = await client.execute({ command: 'sleep 60', task: task('trivial') });
    await execution.control('PAUSE');
    const other = await Client.connect(service.url);
    await other.run({ command: 'sleep 2.5' });

    expect(execution.methods).toEqual(['process.started', 'process.paused']);
    await execution.control('RESUME');
    expect((await execution.completed()).error).toMatch(/^Stream timeout/);
  });
});

describe('a limit the client gives', () => {
  it('is warned of and kept to the letter, however busy the command is', async () => {
    const { completed, execution } = await client.run({
      command: 'yes | tr y z',
      timeout: 1,
      output: { mode: 'chunk' },
    });

    expect((await execution.event('timeout.warning')).params).toMatchObject({ limit: 1, based_on: 'client' });
    expect(completed.reason).toBe('timeout');
    expect(execution.methods).not.toContain('timeout.extended');
  });

  it.each([7200, 0])('of %d s is refused where the operator’s maximum is less', async (timeout) => {
    expect(await client.failure('execute', { command: 'true', timeout })).toEqual({
      code: -32008,
      message: 'Resource limit exceeded',
      data: { resource: 'timeout', limit: 3600, retryable: false },
    });
    expect((await client.run({ command: 'true' })).completed.exit_code).toBe(0);
  });
});

describe('extend', () => {
  it('gives a running execution another limit, and tells so', async () => {
    const execution = await client.execute({ command: 'sleep 60', timeout: 600 });
    expect(await client.request('extend', { timeout: 1.5 })).toEqual({ timeout: 1.5 });

    expect((await execution.event('timeout.extended')).params).toMatchObject({ from: 600, to: 1.5, why: 'client' });
    expect((await client.request('status', { execution_id: execution.id })) as Params).toMatchObject({ timeout: 1.5 });
    expect((await execution.completed()).reason).toBe('timeout');
  });

  it('takes the estimated limits away', async () => {
    const execution = await client.execute({ command: 'sleep 2.5', task: task('trivial') });
    await client.request('extend', { execution_id: execution.id, timeout: 600 });

    expect((await execution.completed()).exit_code).toBe(0);
    expect(execution.methods).toEqual(['process.started', 'timeout.extended', 'process.completed']);
  });

  it.each([
    [7200, -32008],
    [0, -32008],
    [0.0001, -32602],
    [-1, -32602],
    ['x', -32602],
  ])('by %j is refused with %d, and loses nothing', async (timeout, code) => {
    const execution = await client.execute({ command: 'sleep 0.3', timeout: 60 });
    expect(await client.failure('extend', { execution_id: execution.id, timeout })).toMatchObject({ code });

    expect((await execution.completed()).exit_code).toBe(0);
  });

  it('of nothing is refused', async () => {
    expect(await client.failure('extend', { timeout: 5 })).toMatchObject({ code: -32003 });
  });
});

describe('what a command used', () => {
  it('is told at its end and while it runs', async () => {
    const burning = await client.execute({ command: 'timeout 30 sh -c "while :; do :; done"' });
    const row = async (): Promise<Params> =>
      ((await client.request('list')) as { executions: readonly Params[] }).executions[0]!;
    const busy = await eventually(row, ({ cpu_percent }) => Number(cpu_percent) > 5);

    expect(Number(busy['rss_bytes'])).toBeGreaterThan(100_000);
    await burning.control('CANCEL');
    const completed = await burning.completed();
    expect(Number(completed['cpu_seconds'])).toBeGreaterThan(0);
    expect(Number(completed['max_rss_bytes'])).toBeGreaterThan(100_000);
  });
});

describe('what a service has learned', () => {
  const command = 'sleep 0.05';

  it('outlives it, also where it is killed', async () => {
    const given = task('simple');
    const first = await Service.start();
    const data = join(first.dataDirectory);
    const teacher = await Client.connect(first.url);
    for (let run = 0; run < 3; run++) await teacher.run({ command, task: given });
    // Meanwhile what was learned is written.
    await teacher.run({ command: 'sleep 0.5' });
    await first.end('SIGKILL');
    const second = await Service.start({ DATA_DIR: data });
    const pupil = await Client.connect(second.url);

    expect(await pupil.request('estimate', { command, task: given })).toMatchObject({
      based_on: 'exact_history',
      samples: 3,
    });
    expect(await second.stop()).toBe(0);
    first.remove();
  });

  it('is kept by one service on a data directory; another is told so at its start and goes on', async () => {
    const second = await Service.start({ DATA_DIR: service.dataDirectory });
    const pupil = await Client.connect(second.url);

    await second.prints(/history.*in use/i);
    expect((await pupil.run({ command: 'echo hi' })).stdout).toBe('hi\n');
    expect(await second.stop()).toBe(0);
  });
});

describe('rules of the operator', () => {
  it('go before the service’s own, and faulty ones are refused at start', async () => {
    const file = join(service.directory, 'rules.yaml');
    writeFileSync(
      file,
      'rules:\n  - programs: [frobnicate]\n    category: widgets\n    complexity: extreme\n    type: widget\n',
    );
    const other = await Service.start({ CLASSIFICATION_FILE: file });
    const asking = await Client.connect(other.url);

    expect(await asking.request('estimate', { command: 'frobnicate --all' })).toMatchObject({
      task: { category: 'widgets', complexity: 'extreme' },
    });
    expect(await other.stop()).toBe(0);
  });
});
