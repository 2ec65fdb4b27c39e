import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { processRow } from '../e2e/support/proc.js';
import { everyRoom, ProcessRoom, type Program } from './support/process-room.js';

let room: ProcessRoom;

beforeAll(() => {
  room = new ProcessRoom();
});

afterAll(async () => {
  await room.close();
});

/** The fault with which a start is refused. */
async function refusal(program: Program, given: Parameters<ProcessRoom['start']>[1] = {}): Promise<unknown> {
  try {
    await (await room.start(program, given)).cancel();
  } catch (error) {
    return (error as { fault?: unknown }).fault ?? error;
  }
  return null;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('an exit code', () => {
  it('of 0 to 255 is told as it is', async () => {
    const codes = Array.from({ length: 256 }, (_, code) => code);
    const outcomes = await Promise.all(codes.map(async (code) => (await room.run(`exit ${code}`)).outcome));

    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual(codes);
    expect(outcomes.map(({ status }) => status)).toEqual(codes.map((code) => (code === 0 ? 'completed' : 'failed')));
    expect(outcomes.every(({ signal, reason, error }) => signal === null && reason === 'exit' && error === null)).toBe(
      true,
    );
  });
});

describe('a signal', () => {
  const deadly = [
    'SIGHUP',
    'SIGINT',
    'SIGQUIT',
    'SIGILL',
    'SIGTRAP',
    'SIGABRT',
    'SIGBUS',
    'SIGFPE',
    'SIGKILL',
    'SIGUSR1',
    'SIGSEGV',
    'SIGUSR2',
  ];
  const more = ['SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGSYS'];

  it.each([...deadly, ...more] as NodeJS.Signals[])(
    '%s that ends a command is told, and minus its number',
    async (signal) => {
      const run = await room.start(['sleep', '100'], { cwd: room.directory });
      await run.execution.signal(signal);

      expect(await run.outcome).toMatchObject({
        status: 'failed',
        exitCode: -constants.signals[signal],
        signal,
        reason: 'signal',
      });
    },
  );

  it('that ends a part of a command is an exit code of its shell', async () => {
    expect(await (await room.run('bash -c "kill -9 \\$\\$"; exit $?')).outcome).toMatchObject({
      status: 'failed',
      exitCode: 137,
      signal: null,
    });
  });

  // Of what it has forked itself, Node does not tell this.
  (everyRoom.SPAWN_METHOD === 'fork' ? it.failing : it).each([
    [34, 'SIGRTMIN'],
    [40, 'SIGRTMIN+6'],
    [64, 'SIGRTMIN+30'],
  ])('%i, of the real-time range, is told, too', async (number, signal) => {
    expect(await (await room.run(['bash', '-c', `kill -${number} $$; sleep 10`])).outcome).toMatchObject({
      status: 'failed',
      exitCode: -number,
      signal,
      reason: 'signal',
    });
  });

  it.each(['SIGTERM', 'SIGSEGV'] as const)('%s of a line that is one program is that program’s', async (signal) => {
    expect(
      await (
        await room.run(`python3 -c 'import os; os.kill(os.getpid(), ${constants.signals[signal]})'`)
      ).outcome,
    ).toMatchObject({
      exitCode: -constants.signals[signal],
      signal,
    });
  });
});

describe('the account of the end', () => {
  it('has the bytes and the digest of both streams', async () => {
    const run = await room.run('printf "a\\nb"; printf "€" >&2');

    expect(await run.outcome).toMatchObject({
      stdout: { bytes: 3, sha256: sha256('a\nb') },
      stderr: { bytes: 3, sha256: sha256('€') },
      survivors: [],
    });
    expect(run.types).toEqual(['started', 'completed']);
    expect([run.stdout, run.stderr]).toEqual(['a\nb', '€']);
  });

  it('comes after all output, of much as of little', async () => {
    const run = await room.run('seq 1 200000; echo done >&2');
    const expected = Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join('');

    expect(run.stdout === expected).toBe(true);
    expect((await run.outcome).stdout).toEqual({ bytes: expected.length, sha256: sha256(expected) });
    expect(run.types.at(-1)).toBe('completed');
  });

  it('has the time it took', async () => {
    const { durationMs } = await (await room.run('sleep 0.2')).outcome;

    expect(durationMs).toBeGreaterThanOrEqual(100);
    expect(durationMs).toBeLessThan(5000);
  });
});

describe('a start that the request makes impossible', () => {
  const argument = 'x'.repeat(131_071);

  it('of a program that is not there is refused as its argv', async () => {
    expect(await refusal(['/no/such/program'])).toEqual({
      kind: 'unusable-request',
      field: 'argv',
      message: 'No such program',
    });
    expect(await refusal(['no-such-program'])).toMatchObject({ field: 'argv' });
    expect(await refusal(['/etc/passwd/x'])).toMatchObject({ field: 'argv' });
  });

  it('of a program that is not executable is refused as its argv', async () => {
    const plain = join(room.directory, 'plain');
    writeFileSync(plain, 'text');

    expect(await refusal([plain])).toMatchObject({ field: 'argv', message: 'The program is not executable' });
    expect(await refusal([room.directory])).toMatchObject({ field: 'argv' });
  });

  it('in a directory that is none is refused as its cwd', async () => {
    expect(await refusal('true', { cwd: '/no/such/directory' })).toEqual({
      kind: 'unusable-request',
      field: 'cwd',
      message: 'No such directory',
    });
    expect(await refusal('true', { cwd: '/etc/passwd' })).toEqual({
      kind: 'unusable-request',
      field: 'cwd',
      message: 'Not a directory',
    });
    expect(await refusal(['/no/such/program'], { cwd: '/no/such/directory' })).toMatchObject({ field: 'cwd' });
  });

  it('with an argument over the system’s bound is refused as what it is', async () => {
    expect(await refusal(['printf', `${argument}x`])).toMatchObject({ kind: 'unusable-request', field: 'argv' });
    expect(await refusal(`: ${argument}`)).toMatchObject({ kind: 'unusable-request', field: 'command' });
    expect(await refusal('true', { environment: { LONG: argument } })).toMatchObject({
      kind: 'unusable-request',
      field: 'env',
    });
    expect(await refusal(['printf', `${'é'.repeat(65_535)}xx`])).toMatchObject({ field: 'argv' });
  });

  it('with arguments that are too long together is refused as its argv', async () => {
    const many = ['printf', '', ...Array.from({ length: 100 }, () => argument)] as const;

    expect(await refusal(many as unknown as Program)).toMatchObject({ kind: 'unusable-request', field: 'argv' });
  });

  it('leaves nothing behind, and the next one runs', async () => {
    for (let turn = 0; turn < 20; turn++) {
      expect(await refusal(['/no/such/program'], { stdin: 'open' })).toMatchObject({ field: 'argv' });
    }

    expect(room.openFifos()).toEqual([]);
    expect((await room.run('echo still here')).stdout).toBe('still here\n');
  });
});

describe('a start at the bounds', () => {
  it('takes the longest argument the system takes', async () => {
    const argument = 'x'.repeat(131_071);

    expect((await room.run(['printf', '%s', argument])).stdout === argument).toBe(true);
    const command = `printf ${'x'.repeat(131_071 - 'printf '.length)}`;
    expect((await room.run(command)).stdout.length).toBe(131_071 - 'printf '.length);
  });

  it('hands arguments and environment over to the byte', async () => {
    const words = ['', ' ', '$HOME', "'", '"', '\\', '*', '\n', '€😀', '-n', '\u0001\u007f'] as const;
    const run = await room.run(['printf', '<%s>', ...words]);
    const { stdout } = await room.run(['printenv', 'A', 'B C', 'é'], {
      environment: { A: ' x\n$y ', 'B C': '', é: '€' },
    });

    expect(run.stdout).toBe(words.map((word) => `<${word}>`).join(''));
    expect(stdout).toBe(' x\n$y \n\n€\n');
  });

  it('knows by what path it was started', async () => {
    const cwd = join(room.directory, 'started');
    mkdirSync(join(cwd, 'bin'), { recursive: true });
    for (const name of ['by-path.sh', 'bin/by-name.sh'])
      writeFileSync(join(cwd, name), '#!/bin/sh\necho "$0 $1"\n', { mode: 0o755 });
    const environment = { PATH: `bin:${process.env.PATH}` };

    expect((await room.run(['./by-path.sh', 'a'], { cwd })).stdout).toBe('./by-path.sh a\n');
    expect((await room.run('./by-path.sh a', { cwd })).stdout).toBe('./by-path.sh a\n');
    expect((await room.run(['by-name.sh', 'a'], { cwd, environment })).stdout).toBe('bin/by-name.sh a\n');
    expect((await room.run('by-name.sh a', { cwd, environment })).stdout).toBe('bin/by-name.sh a\n');
  });

  it('calls the C library, or forks, as it is set', async () => {
    const run = await room.start('sleep 1000');
    const maps = readFileSync(`/proc/${processRow(run.pid)!.parent}/maps`, 'latin1');
    await run.cancel();

    expect(maps.includes('koffi')).toBe(everyRoom.SPAWN_METHOD !== 'fork');
  });

  it('runs in the directory it is given', async () => {
    const directory = join(room.directory, 'here é');
    mkdirSync(directory, { recursive: true });

    expect((await room.run(['pwd'], { cwd: directory })).stdout).toBe(`${directory}\n`);
    expect((await room.run('pwd; echo "$PWD"', { cwd: directory })).stdout).toBe(`${directory}\n${directory}\n`);
    expect((await room.run(['pwd'])).stdout).toBe(`${process.cwd()}\n`);
  });
});
