import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually, within } from './support/eventually.js';
import { descendants, mark, marked, processRow } from './support/proc.js';
import { fixture, Program, ROOT, runProgram, Service } from './support/service.js';
import type { Row } from './support/wire.js';

jest.setTimeout(60_000);

const MAIN = join(ROOT, 'dist', 'main.js');
/** As text: a sandbox may not see this directory. */
const GROWS = [process.execPath, '-e', readFileSync(fixture('grows.mjs'), 'utf8')];
const AS_ROOT = process.getuid?.() === 0;

let service: Service;
let client: Client;

beforeAll(async () => {
  service = await Service.start({
    PROCESS_CLEANUP_TIMEOUT: '0.5',
    MAX_PROCESSES_PER_SESSION: '3',
    LIMIT_MEMORY_BYTES: '200000000',
    LIMIT_CPU_SECONDS: '20',
    LIMIT_PROCESSES: '48',
    LIMIT_OUTPUT_BYTES: '5000000',
    LIMIT_FILE_BYTES: '3000000',
    LIMIT_OPEN_FILES: '200',
  });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

beforeEach(async () => {
  client = await Client.connect(service.url);
});

afterEach(disconnectAll);

describe('limits', () => {
  it.each([
    ['memory_bytes', { memory_bytes: 50_000_000 }, GROWS, 'resource_limit'],
    ['cpu_seconds', { cpu_seconds: 1 }, ['bash', '-c', 'while :; do :; done'], 'resource_limit'],
    ['processes', { processes: 20 }, ['bash', fixture('multiplies.sh')], 'resource_limit'],
    ['file_bytes', { file_bytes: 1000 }, ['dd', 'if=/dev/zero', 'of=large', 'bs=2000', 'count=1'], 'resource_limit'],
    ['output_bytes', { output_bytes: 1000 }, ['yes'], 'output_limit'],
  ])('of %s end the command, and the client is told which and why', async (resource, limits, argv, reason) => {
    const { id, env } = mark();
    const { completed, execution } = await client.run({ argv, limits, env });

    expect(marked(id)).toEqual([]);
    expect(completed).toMatchObject({
      status: 'failed',
      reason,
      error: expect.stringMatching(/^The limit of \d+ .* is exceeded/),
      evidence: { resource, limit: Object.values(limits)[0] },
    });
    expect(execution.methods.filter((method) => !method.endsWith('output'))).toEqual([
      'process.started',
      'process.completed',
    ]);
    const row = (await client.request('status', { execution_id: execution.id })) as Row;
    expect(row).toMatchObject({ reason, evidence: completed['evidence'] });
  });

  it('that are the operator’s hold where the client gives none', async () => {
    expect((await client.run({ argv: GROWS })).completed).toMatchObject({
      reason: 'resource_limit',
      evidence: { resource: 'memory_bytes', limit: 200_000_000 },
    });
    expect((await client.run({ command: 'ulimit -n' })).stdout).toBe('200\n');
    expect((await client.run({ command: 'yes', output: { mode: 'chunk' } })).completed).toMatchObject({
      reason: 'output_limit',
      bytes: { stdout: 5_000_000, stderr: 0 },
    });
  });

  it.each([
    ['memory_bytes', 200_000_000],
    ['cpu_seconds', 20],
    ['processes', 48],
    ['file_bytes', 3_000_000],
    ['output_bytes', 5_000_000],
    ['open_files', 200],
  ])('of more %s than the operator’s %d are refused, and nothing is started', async (resource, limit) => {
    const { id, env } = mark();
    const before = descendants(service.pid).length;
    const error = await client.failure('execute', { command: 'sleep 1000', env, limits: { [resource]: limit + 1 } });

    expect(error).toEqual({
      code: -32008,
      message: 'Resource limit exceeded',
      data: { resource, limit, retryable: false },
    });
    expect(marked(id)).toEqual([]);
    expect(descendants(service.pid).length).toBe(before);
    expect((await client.run({ command: 'echo on', limits: { [resource]: limit } })).stdout).toBe('on\n');
  });

  it('are told before anything is started', async () => {
    const said = await client.request('explain', { command: 'true', limits: { cpu_seconds: 9 } });

    expect(said).toMatchObject({
      allowed: true,
      limits: { cpu_seconds: 9, memory_bytes: 200_000_000, processes: 48, open_files: 200 },
    });
    expect(await client.failure('explain', { command: 'true', limits: { cpu_seconds: 21 } })).toMatchObject({
      code: -32008,
      data: { resource: 'cpu_seconds', limit: 20 },
    });
  });

  it('leave alone what keeps within them', async () => {
    const command = 'seq 1 20000 | sort -rn | head -1; for i in 1 2 3; do sleep 0.3 & done; wait; echo done';
    const { completed, stdout } = await client.run({ command });

    expect([completed.exit_code, completed.reason, stdout]).toEqual([0, 'exit', '20000\ndone\n']);
    expect(completed).toMatchObject({ evidence: null });
  });

  it('end a command, not the service, nor what else it runs', async () => {
    const other = await Client.connect(service.url);
    const quiet = await other.execute({ command: 'read line; echo got $line', stdin: true });
    const bombs = [['bash', fixture('multiplies.sh')], GROWS, ['yes']];
    const ends = await Promise.all(bombs.map((argv) => client.run({ argv, output: { mode: 'chunk' } })));
    await other.request('input', { execution_id: quiet.id, data: 'it\n' });

    expect(ends.map(({ completed }) => completed.reason)).toEqual(['resource_limit', 'resource_limit', 'output_limit']);
    expect(await quiet.completed()).toMatchObject({ reason: 'exit' });
    expect(quiet.text('stdout')).toBe('got it\n');
  });
});

(AS_ROOT ? describe : describe.skip)('RUN_AS', () => {
  it('is whom commands are', async () => {
    const other = await Service.start({ RUN_AS: '65534:65534' });
    const guest = await Client.connect(other.url);
    const { stdout } = await guest.run({ command: 'id -u; id -G; cat /etc/shadow || echo no', cwd: '/' });
    await other.stop();

    expect(stdout).toBe('65534\n65534\nno\n');
  });
});

const AVAILABLE = {
  pidns: spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0,
  sandbox: spawnSync('bwrap', ['--ro-bind', '/', '/', '--unshare-pid', 'true']).status === 0,
};

describe.each(['pidns', 'sandbox'] as const)('ISOLATION=%s', (isolation) => {
  const where = AVAILABLE[isolation] && AS_ROOT ? it : it.skip;
  let isolated: Service;
  let guest: Client;
  let cwd: string;

  beforeAll(async () => {
    if (!AVAILABLE[isolation] || !AS_ROOT) return;
    isolated = await Service.start({ ISOLATION: isolation, PROCESS_CLEANUP_TIMEOUT: '5' });
    cwd = join(isolated.directory, 'work');
    mkdirSync(cwd);
  });

  afterAll(async () => {
    if (AVAILABLE[isolation] && AS_ROOT) expect(await isolated.stop()).toBe(0);
  });

  beforeEach(async () => {
    if (AVAILABLE[isolation] && AS_ROOT) guest = await Client.connect(isolated.url);
  });

  where('shows a command its own processes only, and gives it its pipes and its exit code', async () => {
    const command = 'ls /proc | grep -c "^[0-9]"; echo out > /dev/stdout; echo err > /dev/stderr; exit 7';
    const { completed, stdout, stderr } = await guest.run({ command, cwd });

    expect(Number(stdout.split('\n')[0])).toBeLessThan(8);
    expect([stdout.slice(-4), stderr, completed.exit_code]).toEqual(['out\n', 'err\n', 7]);
  });

  where('leaves nothing of it, not even a daemon without a mark', async () => {
    const { id, env } = mark();
    const daemon = `sleep ${randomInt(1_000_000, 2_000_000_000)}`;
    await guest.run({ command: `setsid env -i ${daemon} & sleep 0.2; echo started`, env, cwd });

    expect(marked(id)).toEqual([]);
    expect(spawnSync('pgrep', ['-f', `^${daemon}`]).status).toBe(1);
  });

  where('lets it be paused, resumed and canceled', async () => {
    const { id, env } = mark();
    const execution = await guest.execute({ command: 'echo ready; sleep 1000', env, cwd });
    await execution.prints('ready\n');
    await execution.control('PAUSE');
    expect(marked(id).map(({ state }) => state)).toEqual(marked(id).map(() => 'T'));
    await execution.control('RESUME');
    await eventually(
      () => processRow(execution.pid)?.state,
      (state) => state === 'S',
    );
    await execution.control('CANCEL');

    expect(await execution.completed(4000)).toMatchObject({ status: 'canceled', reason: 'canceled' });
    expect(marked(id)).toEqual([]);
  });

  where('goes with limits', async () => {
    const { completed } = await guest.run({ argv: GROWS, limits: { memory_bytes: 50_000_000 }, cwd });

    expect(completed).toMatchObject({ reason: 'resource_limit', evidence: { resource: 'memory_bytes' } });
  });

  where('has no program and no survivors that are not there', async () => {
    expect(await guest.failure('execute', { argv: ['no-such-program'], cwd })).toMatchObject({
      data: { errors: [{ field: 'argv', message: 'No such program' }] },
    });
    expect(await guest.failure('execute', { command: 'true', on_exit: 'keep', cwd })).toMatchObject({
      code: -32602,
      data: { errors: [{ field: 'on_exit' }] },
    });
  });

  where(
    `keeps a command from writing ${isolation === 'sandbox' ? 'outside of its directory' : 'nowhere'}`,
    async () => {
      const places = { inside: join(cwd, 'inside'), outside: join(ROOT, `.outside-${isolation}`), tmp: `${cwd}.tmp` };
      const { stdout } = await guest.run({ command: `touch ${Object.values(places).join(' ')}; echo done`, cwd });
      const made = Object.keys(places).filter((place) => existsSync(places[place as keyof typeof places]));
      rmSync(places.outside, { force: true });

      expect(stdout).toBe('done\n');
      expect(made).toEqual(isolation === 'sandbox' ? ['inside'] : ['inside', 'outside', 'tmp']);
    },
  );
});

describe('a service', () => {
  (AS_ROOT ? it : it.skip)('does not start where its isolation does not work', async () => {
    const environment = { PORT: '0', ISOLATION: 'pidns' };
    const program = new Program(['setpriv', '--bounding-set=-sys_admin', process.execPath, MAIN], environment);
    const { code, stderr } = await within(program.ended, 'the refusal');
    program.remove();

    expect(code).toBe(78);
    expect(stderr).toMatch(/^Invalid configuration\nISOLATION: pidns does not work on this machine: .+\n$/);
  });

  it('does not start where a limit is none', async () => {
    const { code, stderr } = await runProgram([MAIN], { LIMIT_MEMORY_BYTES: '5', ISOLATION: 'jail' });

    expect(code).toBe(78);
    expect(stderr).toMatch(/^LIMIT_MEMORY_BYTES: /m);
    expect(stderr).toMatch(/^ISOLATION: /m);
  });
});
