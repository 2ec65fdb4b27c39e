import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, within } from '../e2e/support/eventually.js';
import { isAlive, mark, marked, processRow } from '../e2e/support/proc.js';
import { fixture } from '../e2e/support/service.js';
import { ProcessRoom } from './support/process-room.js';

let room: ProcessRoom;
const marks: string[] = [];

beforeAll(() => {
  // That the launcher is gone is what these tests are about, and no news.
  Logger.overrideLogger(false);
});

afterEach(async () => {
  for (const id of marks.splice(0)) for (const { pid } of marked(id)) process.kill(pid, 'SIGKILL');
  await room.close();
});

afterAll(() => {
  Logger.overrideLogger(['log', 'warn', 'error']);
});

function marker(): { readonly id: string; readonly env: Record<string, string> } {
  const made = mark();
  marks.push(made.id);
  return made;
}

/** Kills the launcher, as the kernel does when memory runs out. */
async function killLauncher(): Promise<number> {
  const pid = await room.launcherPid();
  process.kill(pid, 'SIGKILL');
  await eventually(
    () => isAlive(processRow(pid)),
    (alive) => !alive,
  );
  return pid;
}

describe('a launcher that is killed', () => {
  it('takes its executions with it, to the last process, and each has one account', async () => {
    room = new ProcessRoom();
    const { id, env } = marker();
    const shapes = ['background', 'setsid', 'double-fork', 'daemon', 'stubborn', 'deep'];
    const tree = await room.start(['bash', fixture('tree.sh'), ...shapes], { environment: env });
    const plain = await room.start('echo ready; sleep 1000', { environment: env });
    const paused = await room.start('echo ready; sleep 1000', { environment: env });
    await Promise.all([tree, plain, paused].map((run) => run.prints('ready\n')));
    (await paused.execution.pause())();
    await killLauncher();

    for (const run of [tree, plain, paused]) {
      expect(await run.outcome).toMatchObject({
        status: 'failed',
        reason: 'server_lost',
        exitCode: null,
        signal: null,
      });
      expect((await run.outcome).error).toMatch(/launcher/);
      expect(run.types.filter((type) => type === 'completed')).toHaveLength(1);
      expect(run.types.at(-1)).toBe('completed');
    }
    expect(marked(id)).toEqual([]);
    expect(plain.stdout).toBe('ready\n');
  });

  it('is replaced by one that works', async () => {
    room = new ProcessRoom();
    expect((await room.run('echo before')).stdout).toBe('before\n');
    const before = await killLauncher();
    expect(await room.launcherPid()).not.toBe(before);
    const after = await eventually(
      () => room.run('echo after').catch(() => null),
      (run) => run !== null,
    );

    expect(after?.stdout).toBe('after\n');
    expect(await after?.outcome).toMatchObject({ status: 'completed', exitCode: 0 });
  });

  it('can be killed again and again', async () => {
    room = new ProcessRoom();
    for (let turn = 0; turn < 3; turn++) {
      const run = await eventually(
        () => room.start('sleep 1000').catch(() => null),
        (started) => started !== null,
      );
      await killLauncher();
      expect(await run?.outcome).toMatchObject({ reason: 'server_lost' });
    }
    expect(room.openFifos()).toEqual([]);
  });

  it('answers no start with silence', async () => {
    room = new ProcessRoom();
    await room.run('true');
    await killLauncher();
    const started = await Promise.allSettled(Array.from({ length: 50 }, () => room.run('true')));
    const faults = started
      .filter((start) => start.status === 'rejected')
      .map(({ reason }) => (reason as { fault: unknown }).fault);

    for (const fault of faults) expect(fault).toMatchObject({ kind: 'start-refused' });
    expect(room.openFifos()).toEqual([]);
  });

  it('refuses, when it was frozen, what nobody waits for any more', async () => {
    room = new ProcessRoom();
    await room.run('true');
    const pid = await room.launcherPid();
    const file = join(room.directory, 'started');
    process.kill(pid, 'SIGSTOP');
    const starts = Array.from({ length: 100 }, () => room.start(['touch', file]));
    for (const start of await Promise.allSettled(starts)) {
      expect(start.status).toBe('rejected');
      expect((start as PromiseRejectedResult).reason).toMatchObject({
        fault: { kind: 'start-refused', resource: 'launcher' },
      });
    }
    process.kill(pid, 'SIGCONT');

    expect(await (await room.run('echo again')).outcome).toMatchObject({ status: 'completed' });
    expect(existsSync(file)).toBe(false);
    expect(room.openFifos()).toEqual([]);
  });

  it('answers controls of what it ran', async () => {
    room = new ProcessRoom();
    const run = await room.start('sleep 1000');
    const pid = await room.launcherPid();
    process.kill(pid, 'SIGSTOP');
    const pause = run.execution.pause().catch((error: unknown) => (error as { fault: unknown }).fault);
    process.kill(pid, 'SIGKILL');

    expect(await pause).toMatchObject({ kind: 'not-running' });
    expect(await run.outcome).toMatchObject({ reason: 'server_lost' });
  });

  it('leaves nothing alive of a command that has cleared its environment', async () => {
    room = new ProcessRoom();
    const run = await room.start(['env', '-i', 'sleep', '1000']);
    await killLauncher();
    await run.outcome;
    const left = isAlive(processRow(run.pid));
    if (left) process.kill(run.pid, 'SIGKILL');

    expect(left).toBe(false);
  });

  it('takes survivors with it, and does no harm to the account of their execution', async () => {
    room = new ProcessRoom();
    const { id, env } = marker();
    const run = await room.start('sleep 1000 & exit 0', { onExit: 'keep', environment: env });
    const outcome = await run.outcome;
    expect(outcome.survivors).toHaveLength(1);
    await killLauncher();
    await run.execution.gone;
    // Whatever that sets off has happened when another command has run.
    await eventually(
      () => room.run('true').catch(() => null),
      (other) => other !== null,
    );

    expect(marked(id)).toEqual([]);
    expect(run.types).toEqual(['started', 'completed']);
    expect(run.execution.state).toBe('completed');
    expect(await run.outcome).toEqual(outcome);
  });
});

describe('a launcher whose service is gone', () => {
  it('ends all that it runs, and itself, and leaves no file', async () => {
    room = new ProcessRoom();
    const { id, env } = marker();
    const run = await room.start(['bash', fixture('tree.sh'), 'background', 'setsid', 'daemon', 'stubborn'], {
      environment: env,
    });
    await run.prints('ready\n');
    const pid = await room.launcherPid();
    const fifos = room.fifoDirectories();
    expect(fifos.map((directory) => existsSync(directory))).toEqual([true]);
    await room.launcher.end();

    expect(marked(id)).toEqual([]);
    expect(isAlive(processRow(pid))).toBe(false);
    expect(readdirSync(room.runDirectory)).toEqual([]);
    expect(fifos.map((directory) => existsSync(directory))).toEqual([false]);
  });
});

describe('a run directory that is removed', () => {
  it('keeps no start from its answer, and nothing from working again', async () => {
    room = new ProcessRoom();
    await room.run('true');
    rmSync(room.runDirectory, { recursive: true });
    // More than the FIFOs that were ready.
    const starts = Array.from({ length: 200 }, () => room.run('true'));
    const settled = await within(Promise.allSettled(starts), 'an answer to each start', 5000);
    for (const start of settled) {
      if (start.status === 'rejected') expect(start.reason).toMatchObject({ fault: { kind: 'start-refused' } });
    }

    const again = await eventually(
      () => room.run('echo again').catch(() => null),
      (run) => run !== null,
      5000,
    );
    expect(again?.stdout).toBe('again\n');
  });
});
