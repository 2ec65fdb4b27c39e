import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../e2e/support/eventually.js';
import { isAlive, processRow, residentBytes, writtenBytes } from '../e2e/support/proc.js';
import { fixture } from '../e2e/support/service.js';
import { everyRoom, ProcessRoom } from './support/process-room.js';

const BUFFER_BYTES = 65_536;
/** What a spool holds that is not taken from it. */
const SPOOL_BYTES = everyRoom.LAUNCHER === 'detached' ? 1_048_576 : 0;
/** What a pipe holds, what a log holds before it is full, and a read of each stream on top. */
const BOUND_BYTES = 65_536 + 524_288 + 4 * 65_536 + SPOOL_BYTES;

let room: ProcessRoom;

beforeAll(() => {
  room = new ProcessRoom({ MAX_BUFFER_SIZE: String(BUFFER_BYTES), PROCESS_CLEANUP_TIMEOUT: '0.3' });
});

afterAll(async () => {
  await room.close();
});

/** Bytes a process has written when it has stopped writing. */
async function settled(pid: number): Promise<number> {
  let last = -1;
  let same = 0;
  return eventually(
    () => writtenBytes(pid),
    (bytes) => {
      same = bytes === last ? same + 1 : 0;
      last = bytes;
      return bytes > 0 && same >= 5;
    },
  );
}

function fault(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as { fault?: unknown }).fault ?? error;
  }
  return null;
}

describe('output that no one takes', () => {
  it('blocks its writer, is bounded, and goes on to the byte when it is taken', async () => {
    const run = await room.start('seq 1 2000000', {}, false);
    const written = await settled(run.pid);
    expect(written).toBeLessThan(BOUND_BYTES);
    expect(run.execution.log.full).toBe(true);
    expect(isAlive(processRow(run.pid))).toBe(true);

    run.read();
    const { stdout, status } = await run.outcome;
    const expected = Array.from({ length: 2_000_000 }, (_, index) => `${index + 1}\n`).join('');
    expect(status).toBe('completed');
    expect(stdout).toEqual({ bytes: expected.length, sha256: createHash('sha256').update(expected).digest('hex') });
    expect(run.stdout === expected).toBe(true);
  });

  it('blocks the writers of both streams, whichever it was that filled the log', async () => {
    const run = await room.start(['bash', fixture('floods-both.sh'), '1000000'], {}, false);
    const written = await settled(run.pid);
    expect(written).toBeLessThan(BOUND_BYTES + 65_536);

    run.read();
    await run.prints('out 100000\n');
    expect(await run.cancel()).toMatchObject({ status: 'canceled' });
  });

  it('of single bytes does not cost more memory than that of many', async () => {
    const before = residentBytes(process.pid);
    const run = await room.start(
      'while :; do printf x; done',
      { output: { mode: 'chunk', encoding: 'utf8', maxLineBytes: null } },
      false,
    );
    await eventually(
      () => run.execution.log.full || run.execution.bytes('stdout') > 20_000,
      (enough) => enough,
    );
    expect(residentBytes(process.pid) - before).toBeLessThan(40 * 1024 * 1024);

    run.read();
    await run.cancel();
  });

  it('does not keep a command from being paused, resumed and canceled', async () => {
    const run = await room.start('yes', {}, false);
    await settled(run.pid);
    await run.execution.pause();
    expect(processRow(run.pid)?.state).toBe('T');
    await run.execution.resume();
    await eventually(
      () => processRow(run.pid)?.state,
      (state) => state === 'S',
    );
    const startedAt = performance.now();
    (await run.execution.cancel())();
    await eventually(
      () => isAlive(processRow(run.pid)),
      (alive) => !alive,
    );
    expect(performance.now() - startedAt).toBeLessThan(1000);

    run.read();
    const { status, stdout } = await run.outcome;
    expect(status).toBe('canceled');
    expect(stdout.bytes).toBe(run.stdout.length);
    expect(run.types.at(-1)).toBe('completed');
  });

  it('does not count as silence', async () => {
    const run = await room.start('yes', { stallTimeoutMs: 300 }, false);
    await settled(run.pid);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(run.execution.state).toBe('running');

    run.read();
    await run.cancel();
    expect(run.types).not.toContain('stalled');
  });
});

describe('stdin', () => {
  const bytes = randomBytes(300_000);

  it('that is given is read to its end, whatever it holds', async () => {
    const run = await room.run(['sha256sum'], { stdin: bytes });

    expect(run.stdout).toBe(`${createHash('sha256').update(bytes).digest('hex')}  -\n`);
  });

  it('that is empty is closed at once', async () => {
    expect((await room.run(['wc', '-c'])).stdout).toBe('0\n');
    expect((await room.run(['wc', '-c'], { stdin: Buffer.alloc(0) })).stdout).toBe('0\n');
  });

  it.each([
    ['cat /dev/stdin', 'one\ntwo\n'],
    ['sleep 0.3; cat /dev/stdin', 'one\ntwo\n'],
    ['read -r x; sleep 0.3; cat < /dev/stdin; cat /dev/fd/0; cat', 'two\n'],
    ['cat; cat /dev/stdin; (sleep 0.3; cat /proc/self/fd/0)', 'one\ntwo\n'],
  ])('that has ended is opened anew like any pipe: %s', async (command, text) => {
    expect((await room.run(command, { stdin: Buffer.from('one\ntwo\n') })).stdout).toBe(text);
  });

  it('that is open takes what is written, and its end', async () => {
    const run = await room.start(['cat'], { stdin: 'open' });
    expect(run.execution.write(Buffer.from('one\n'), false)).toBe(4);
    await run.prints('one\n');
    expect(run.execution.write(Buffer.from('two'), true)).toBe(3);

    expect(await run.outcome).toMatchObject({ status: 'completed' });
    expect(run.stdout).toBe('one\ntwo');
  });

  it('that is not read is full before memory is', async () => {
    const run = await room.start(['sleep', '1000'], { stdin: 'open' });
    const piece = Buffer.alloc(10_000, 'x');
    let taken = 0;
    const full = await eventually(
      () =>
        fault(() => {
          taken += run.execution.write(piece, false);
        }),
      (refused) => refused !== null,
    );

    expect(full).toEqual({ kind: 'stdin-full', limitBytes: BUFFER_BYTES });
    expect(taken).toBeLessThanOrEqual(BUFFER_BYTES + 65_536);
    expect(fault(() => run.execution.write(Buffer.alloc(0), false))).toBeNull();
    await run.cancel();
  });

  it('that is full takes more when it is read', async () => {
    const run = await room.start('read -r x; cat | wc -c', { stdin: 'open' });
    run.execution.write(Buffer.from('\n'), false);
    let taken = 0;
    while (taken < 400_000) {
      const refused = fault(() => {
        taken += run.execution.write(Buffer.alloc(20_000, 'x'), false);
      });
      if (refused === null) continue;
      expect(refused).toMatchObject({ kind: 'stdin-full' });
      await new Promise((resolve) => setImmediate(resolve));
    }
    run.execution.write(Buffer.alloc(0), true);
    await run.outcome;

    expect(run.stdout.trim()).toBe(String(taken));
  });

  it('that is not open takes nothing', async () => {
    for (const stdin of [null, Buffer.from('x')]) {
      const run = await room.start(['sleep', '1000'], { stdin });
      expect(fault(() => run.execution.write(Buffer.from('x'), false))).toEqual({
        kind: 'stdin-not-open',
        executionId: run.execution.id,
      });
      await run.cancel();
    }
  });

  it('that was ended takes nothing more', async () => {
    const run = await room.start('cat; sleep 1000', { stdin: 'open' });
    run.execution.write(Buffer.from('x'), true);

    expect(fault(() => run.execution.write(Buffer.from('y'), false))).toMatchObject({ kind: 'stdin-not-open' });
    await run.cancel();
  });

  it('that the command closes does no harm', async () => {
    const run = await room.start('exec <&-; echo closed; read -t 0.1 <> /dev/null; sleep 1000', { stdin: 'open' });
    await run.prints('closed\n');
    const refused = await eventually(
      () => fault(() => run.execution.write(Buffer.from('x'), false)),
      (found) => found !== null,
    );

    expect(refused).toMatchObject({ kind: 'stdin-not-open' });
    expect(await run.cancel()).toMatchObject({ status: 'canceled' });
  });

  it('after the end takes nothing', async () => {
    const run = await room.run('true', { stdin: 'open' });

    expect(fault(() => run.execution.write(Buffer.from('x'), false))).toEqual({
      kind: 'not-running',
      pid: run.pid,
      executionId: run.execution.id,
    });
  });
});

describe('a time limit', () => {
  it('of the whole ends a command, and tells so', async () => {
    const run = await room.start('trap "" TERM; while :; do echo x; sleep 0.01; done', { timeoutMs: 150 });
    const outcome = await run.outcome;

    expect(outcome).toMatchObject({ status: 'failed', reason: 'timeout', exitCode: -9, signal: 'SIGKILL' });
    expect(outcome.error).toMatch(/^Stream timeout/);
    expect(run.types).toEqual(['started', 'warning', 'time-limit', 'completed']);
    expect(run.events[2]).toMatchObject({ limit: 'execution' });
  });

  it('of silence ends a command that is silent, and no other', async () => {
    const silent = await room.start('echo x; sleep 1000', { stallTimeoutMs: 200 });
    const busy = await room.start('for i in {1..12}; do echo $i >&2; sleep 0.05; done', { stallTimeoutMs: 400 });

    expect(await silent.outcome).toMatchObject({ status: 'failed', reason: 'stalled', exitCode: -15 });
    expect(silent.types).toEqual(['started', 'stalled', 'time-limit', 'completed']);
    expect(await busy.outcome).toMatchObject({ status: 'completed', reason: 'exit' });
  });

  it('that is the service’s own for silence is told once in one silence, and again in the next', async () => {
    const own = new ProcessRoom({ STREAM_TIMEOUT: '0.2' });
    try {
      const run = await own.run('sleep 0.7; echo x; sleep 0.7');

      expect(run.types).toEqual(['started', 'stalled', 'stalled', 'completed']);
    } finally {
      await own.close();
    }
  });

  it('does not run on after the end', async () => {
    const run = await room.run('true', { timeoutMs: 50, stallTimeoutMs: 50 });
    await new Promise((resolve) => setTimeout(resolve, 120));

    expect(run.types).toEqual(['started', 'completed']);
  });
});
