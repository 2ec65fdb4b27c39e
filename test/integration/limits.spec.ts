import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mark, marked } from '../e2e/support/proc.js';
import { fixture } from '../e2e/support/service.js';
import { ProcessRoom, type Program } from './support/process-room.js';

const MEBIBYTE = 1_048_576;
/** What is left of a line of shell after it may be killed at any moment. */
const STAY = 'exec sleep 1000';
const GROWS = `${process.execPath} ${fixture('grows.mjs')}`;
const ROOT = process.getuid?.() === 0;

let room: ProcessRoom;

beforeAll(() => {
  room = new ProcessRoom();
});

afterAll(async () => {
  await room.close();
});

/** The fault with which a start is refused. */
async function refusal(from: ProcessRoom, program: Program, given: Parameters<ProcessRoom['start']>[1]) {
  try {
    await (await from.start(program, given)).cancel();
  } catch (error) {
    return (error as { fault?: unknown }).fault ?? error;
  }
  return null;
}

/** Runs it with what it leaves behind: nothing. */
async function end(program: Program, limits: object, more: object = {}) {
  const { id, env } = mark();
  const run = await room.run(program, { limits, environment: env, ...more });
  expect(marked(id)).toEqual([]);
  return { ...(await run.outcome), text: run.stdout, errors: run.stderr, events: run.types };
}

describe('the limit on memory', () => {
  it.each<[string, Program]>([
    ['one process', [process.execPath, fixture('grows.mjs')]],
    ['a child', `${GROWS}; echo went on`],
    ['8 GB in small pieces', ['python3', '-c', 'a = []\nwhile True: a.append(b"x" * 1_000_000)']],
    ['a child that has left the session', `setsid ${GROWS} & wait; ${STAY}`],
  ])('ends %s, with the evidence', async (_, program) => {
    const outcome = await end(program, { memoryBytes: 100 * MEBIBYTE });

    expect(outcome).toMatchObject({
      status: 'failed',
      exitCode: -9,
      signal: 'SIGKILL',
      reason: 'resource_limit',
      error: expect.stringMatching(/^The limit of 104857600 bytes of memory is exceeded, \d+ were seen$/),
      evidence: { resource: 'memoryBytes', limit: 100 * MEBIBYTE },
      text: '',
    });
    expect(outcome.evidence?.observed).toBeGreaterThan(100 * MEBIBYTE);
    expect(outcome.evidence?.observed).toBeLessThan(1000 * MEBIBYTE);
  });

  it('is on the sum over all processes', async () => {
    const hold = `exec ${process.execPath} -e 'const held = Buffer.alloc(6e7, 1); setInterval(() => held, 1e6)'`;
    const outcome = await end(`(${hold}) & (${hold}) & (${hold}) & wait`, { memoryBytes: 150 * MEBIBYTE });

    expect(outcome).toMatchObject({ reason: 'resource_limit', evidence: { resource: 'memoryBytes' } });
  });

  it('counts what processes share once', async () => {
    const share = `
      import os, sys, time
      held = b'x' * 60_000_000
      for _ in range(6):
          if os.fork() == 0:
              time.sleep(1000)
      print('forked', flush=True)
      time.sleep(1000)`.replaceAll('\n      ', '\n');
    const run = await room.start(['python3', '-c', share], { limits: { memoryBytes: 200 * MEBIBYTE } });
    await run.prints('forked');
    await room.launcher.sample();
    const { reason, maxRssBytes } = await run.cancel();

    expect(reason).toBe('canceled');
    expect(maxRssBytes).toBeGreaterThan(200 * MEBIBYTE);
  });

  it('refuses what is far more at once, and the command goes on', async () => {
    const { text, reason } = await end(
      ['python3', '-c', 'try: bytearray(8 * 2**30)\nexcept MemoryError: print("refused")'],
      { memoryBytes: 100 * MEBIBYTE },
    );

    expect([text, reason]).toEqual(['refused\n', 'exit']);
  });

  it('lets Node run in little more than it needs', async () => {
    const { text, reason } = await end([process.execPath, '-e', 'console.log(1)'], { memoryBytes: 64 * MEBIBYTE });

    expect([text, reason]).toEqual(['1\n', 'exit']);
  });
});

describe('the limit on CPU time', () => {
  it.each<[string, Program, number]>([
    ['the command', 'while :; do :; done', -24],
    ['a child of a shell that ends with it', 'bash -c "while :; do :; done"; exit $?', 152],
    ['one that ignores the warning', 'trap "" XCPU; while :; do :; done', -9],
    ['several, by their sum', `for i in 1 2; do (while :; do :; done) & done; wait; ${STAY}`, -9],
    ['many short ones, by their sum', 'while :; do bash -c "for ((i = 0; i < 20000; i++)); do :; done"; done', -9],
  ])('ends %s', async (_, program, exitCode) => {
    const outcome = await end(program, { cpuSeconds: 1 });

    expect(outcome).toMatchObject({
      status: 'failed',
      reason: 'resource_limit',
      evidence: { resource: 'cpuSeconds', limit: 1 },
    });
    expect([exitCode, -9]).toContain(outcome.exitCode);
    expect(outcome.evidence?.observed).toBeGreaterThanOrEqual(1);
    expect(outcome.evidence?.observed).toBeLessThan(10);
  });

  it('leaves alone what only waits', async () => {
    expect(await end('sleep 1.2; echo done', { cpuSeconds: 1 })).toMatchObject({ reason: 'exit', text: 'done\n' });
  });
});

describe('the limit on the size of a file', () => {
  it('ends what writes more', async () => {
    const file = join(room.directory, 'large');
    const outcome = await end(['dd', 'if=/dev/zero', `of=${file}`, 'bs=3000', 'count=2'], { fileBytes: 5000 });

    expect(outcome).toMatchObject({
      status: 'failed',
      exitCode: -25,
      signal: 'SIGXFSZ',
      reason: 'resource_limit',
      error: 'The limit of 5000 bytes in one file is exceeded',
      evidence: { resource: 'fileBytes', limit: 5000, observed: null },
    });
    expect(statSync(file).size).toBe(5000);
  });

  it('ends a part of a command, whose shell may go on', async () => {
    const file = join(room.directory, 'part');

    expect(await end(`head -c 3000 /dev/zero > ${file}; exit $?`, { fileBytes: 1000 })).toMatchObject({
      reason: 'resource_limit',
      exitCode: 153,
    });
    expect(await end(`head -c 3000 /dev/zero > ${file}; echo on`, { fileBytes: 1000 })).toMatchObject({
      reason: 'exit',
      text: 'on\n',
    });
    expect(statSync(file).size).toBe(1000);
  });

  it('does not hold for output', async () => {
    expect(await end('seq 10000', { fileBytes: 1 })).toMatchObject({ reason: 'exit', stdout: { bytes: 48_894 } });
  });
});

describe('the limit on open files', () => {
  it('holds for each process', async () => {
    const { text } = await end('ulimit -n; ulimit -Hn; exec 20>/dev/null; bash -c "ulimit -n"', { openFiles: 40 });

    expect(text).toBe('40\n40\n40\n');
    expect((await end('exec 60>/dev/null && echo opened', { openFiles: 40 })).text).toBe('');
  });

  it('is no more than the service’s own', async () => {
    const own = Number((await end('ulimit -n', {})).text);

    expect(Number((await end('ulimit -n', { openFiles: own * 2 })).text)).toBe(own);
  });
});

describe('the limit on processes', () => {
  it.each<[string, string]>([
    ['that multiply', fixture('multiplies.sh')],
    ['each of which leaves the session', fixture('multiplies-outside.sh')],
  ])('ends those %s', async (_, program) => {
    const outcome = await end(['bash', program], { processes: 24 });

    expect(outcome).toMatchObject({
      status: 'failed',
      exitCode: -9,
      reason: 'resource_limit',
      error: expect.stringMatching(/^The limit of 24 processes is exceeded/),
      evidence: { resource: 'processes', limit: 24 },
    });
    expect(outcome.evidence?.observed).toBeGreaterThan(24);
  });

  it('lets as many run as it says, one after the other without end', async () => {
    const outcome = await end('for i in {1..7}; do sleep 0.3 & done; wait; for i in {1..300}; do /bin/true; done', {
      processes: 8,
    });

    expect(outcome).toMatchObject({ reason: 'exit', exitCode: 0 });
  });

  it('leaves the service and its other commands as they are', async () => {
    const other = await room.start(STAY);
    await end(['bash', fixture('multiplies.sh')], { processes: 24 });

    expect(await end('echo here', {})).toMatchObject({ text: 'here\n' });
    expect((await other.cancel()).reason).toBe('canceled');
  });
});

describe('the limit on output', () => {
  it.each<[string, string, number]>([
    ['a flood', 'yes', 1000],
    ['a flood of both streams', 'yes & yes >&2', 100_001],
    ['one byte more', 'printf abcd', 3],
    ['what ignores SIGTERM', "trap '' TERM; yes", 70_000],
  ])('ends %s when that much was delivered', async (_, command, limit) => {
    const quick = new ProcessRoom({ PROCESS_CLEANUP_TIMEOUT: '0.2' });
    const run = await quick.run(command, { limits: { outputBytes: limit } });
    const outcome = await run.outcome;
    await quick.close();

    expect(outcome).toMatchObject({
      status: 'failed',
      reason: 'output_limit',
      evidence: { resource: 'outputBytes', limit },
    });
    expect(outcome.evidence?.observed).toBeGreaterThan(limit);
    expect(outcome.stdout.bytes + outcome.stderr.bytes).toBe(limit);
    expect(run.stdout.length + run.stderr.length).toBe(limit);
  });

  it('is not exceeded by just as much', async () => {
    expect(await end('printf ab; printf c >&2', { outputBytes: 3 })).toMatchObject({
      reason: 'exit',
      exitCode: 0,
      text: 'ab',
      errors: 'c',
    });
  });

  it('ends what nobody reads', async () => {
    const run = await room.start('yes', { limits: { outputBytes: 10_000_000 } }, false);
    run.read();

    expect(await run.outcome).toMatchObject({ reason: 'output_limit', stdout: { bytes: 10_000_000 } });
    expect(room.openFifos()).toEqual([]);
  });
});

describe('the operator’s limits', () => {
  it('hold where the client gives none, and are the most it may ask for', async () => {
    const strict = new ProcessRoom({ LIMIT_OUTPUT_BYTES: '100', LIMIT_OPEN_FILES: '50', LIMIT_PROCESSES: '20' });
    const files = (await strict.run('ulimit -n')).stdout;
    const fewer = (await strict.run('ulimit -n', { limits: { openFiles: 30 } })).stdout;
    const flood = await (await strict.run('yes')).outcome;
    const tooMany = await refusal(strict, 'true', { limits: { openFiles: 51 } });
    await strict.close();

    expect([files, fewer]).toEqual(['50\n', '30\n']);
    expect(flood).toMatchObject({ reason: 'output_limit', evidence: { limit: 100 } });
    expect(tooMany).toEqual({ kind: 'limit-over-maximum', resource: 'openFiles', maximum: 50 });
  });
});

describe('a command with limits', () => {
  it('has its pid, its arguments, its environment and no core file', async () => {
    const run = await room.run(['bash', '-c', 'echo $$ "$0" "$@"; ulimit -c', 'a b', '--', '$x'], {
      limits: { cpuSeconds: 9 },
    });

    expect(run.stdout).toBe(`${run.pid} a b -- $x\n0\n`);
  });

  it('has those that the system keeps for each process', async () => {
    const limits = { cpuSeconds: 7, fileBytes: 4096, openFiles: 40, memoryBytes: 100 * MEBIBYTE };
    const run = await room.run(['bash', '-c', 'ulimit -St; ulimit -Ht; ulimit -f; ulimit -n; ulimit -d'], { limits });
    const [cpu, cpuAtMost, file, files, data] = run.stdout.split('\n').map(Number);

    // ulimit(1p) counts in KiB.
    expect([cpu, cpuAtMost, file, files]).toEqual([7, 8, 4, 40]);
    expect(data).toBeGreaterThan((100 * MEBIBYTE) / 1024);
    expect(data).toBeLessThan((1024 * MEBIBYTE) / 1024);
  });

  it.each<[Program, object]>([
    [['/no/such/program'], { field: 'argv', message: 'No such program' }],
    [['no-such-program'], { field: 'argv', message: 'No such program' }],
    [['/etc/passwd'], { field: 'argv', message: 'The program is not executable' }],
    [['/etc'], { field: 'argv', message: 'The program is not executable' }],
  ])('is refused as without them: %j', async (program, fault) => {
    const limits = { cpuSeconds: 9 };

    expect(await refusal(room, program, { limits })).toMatchObject(fault);
    expect(await refusal(room, program, {})).toMatchObject(fault);
  });

  it('is limited by no program of its own PATH', async () => {
    const environment = { PATH: join(room.directory, 'none') };
    const run = await room.run(['/bin/sh', '-c', 'ulimit -n'], { environment, limits: { openFiles: 40 } });

    expect(run.stdout).toBe('40\n');
  });

  it('that was canceled first was canceled', async () => {
    const run = await room.start('yes > /dev/null', { limits: { cpuSeconds: 60 } });

    expect(await run.cancel()).toMatchObject({ reason: 'canceled', evidence: null });
  });

  it('that left processes on purpose has them limited, too', async () => {
    const { id, env } = mark();
    const run = await room.run(`(sleep 0.6; exec ${GROWS}) & echo started`, {
      limits: { memoryBytes: 100 * MEBIBYTE },
      onExit: 'keep',
      environment: env,
    });
    const { reason, survivors } = await run.outcome;
    await run.execution.gone;

    expect(reason).toBe('exit');
    expect(survivors).not.toEqual([]);
    expect(marked(id)).toEqual([]);
  });
});

describe('any command', () => {
  it('is a likelier victim of the kernel than the service, from its start on', async () => {
    const own = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
    const launcher = readFileSync(`/proc/${await room.launcherPid()}/oom_score_adj`, 'utf8');
    const command = (await room.run(['cat', '/proc/self/oom_score_adj'])).stdout;

    expect(Number(launcher)).toBe(own);
    expect(Number(command)).toBe(Math.min(1000, own + 500));
  });

  it('has the priority of the service', async () => {
    const { stdout } = await room.run('nice; cat /proc/self/autogroup 2>/dev/null');

    expect(stdout).toMatch(/^0\n(\/autogroup-\d+ nice 0\n)?$/);
  });
});

(ROOT ? describe : describe.skip)('RUN_AS', () => {
  let other: ProcessRoom;

  beforeAll(() => {
    other = new ProcessRoom({ RUN_AS: '65534:65534', LIMIT_PROCESSES: '20' });
  });

  afterAll(async () => {
    await other.close();
  });

  it('is whom commands are: user, group, no more groups, home', async () => {
    const { stdout } = await other.run(
      'id -u; id -g; id -G; echo $HOME $USER $LOGNAME; grep CapEff /proc/self/status',
      {
        cwd: '/',
      },
    );

    expect(stdout).toMatch(/^65534\n65534\n65534\n\/\S* \S+ \S+\nCapEff:\t0+\n$/);
  });

  it('leaves them their pipes to be opened again', async () => {
    const command = 'echo x > /dev/stdout; echo y > /dev/stderr; head -c 1 /dev/stdin';
    const run = await other.start(command, { cwd: '/', stdin: 'open' });
    run.execution.write(Buffer.from('z'), false);
    await run.outcome;

    expect([run.stdout, run.stderr]).toEqual(['x\nz', 'y\n']);
  });

  it.each([{ limits: {} }, { limits: { cpuSeconds: 5 } }])(
    'has no directory and no program that is not the user’s: %j',
    async (given) => {
      const cwd = { kind: 'unusable-request', field: 'cwd', message: 'The directory is not accessible' };

      expect(await refusal(other, 'true', { cwd: '/root', ...given })).toEqual(cwd);
      expect(await refusal(other, 'true', { cwd: '/no/such', ...given })).toMatchObject({
        message: 'No such directory',
      });
      expect(await refusal(other, ['/root/x'], { cwd: '/', ...given })).toMatchObject({
        field: 'argv',
        message: 'The program is not executable',
      });
    },
  );

  it('ends a fork bomb, which the kernel holds down meanwhile', async () => {
    const run = await other.run(':(){ :|:& };:; exec sleep 1000', { cwd: '/', limits: { processes: 16 } });

    expect(await run.outcome).toMatchObject({
      reason: 'resource_limit',
      evidence: { resource: 'processes', limit: 16 },
    });
    expect((await other.run('echo here', { cwd: '/' })).stdout).toBe('here\n');
    const tasks = await other.run(['bash', '-c', 'ulimit -u'], { cwd: '/', limits: { processes: 16 } });
    expect(Number(tasks.stdout)).toBeLessThan(2000);
  });
});
