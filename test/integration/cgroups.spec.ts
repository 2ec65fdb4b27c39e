import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../e2e/support/eventually.js';
import { ProcessRoom } from './support/process-room.js';

const MEBIBYTE = 1_048_576;

/** A cgroup of version 2 that can be written, with or without the controllers; null = there is none here. */
const REAL = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].map((root) => join(root, 'cc-executor-test')).find(canMake);

let room: ProcessRoom;
let root: string;

function canMake(directory: string): boolean {
  try {
    mkdirSync(directory);
    const isCgroup = existsSync(join(directory, 'cgroup.procs'));
    rmdirSync(directory);
    return isCgroup;
  } catch {
    return false;
  }
}

afterEach(async () => {
  await room.close();
});

// Files of the kernel's names stand for the kernel: what it does with them is not tried here.
describe('an execution with a cgroup of its own, in a made directory', () => {
  beforeEach(() => {
    const outer = new ProcessRoom();
    root = join(outer.directory, 'cgroup');
    mkdirSync(root);
    room = new ProcessRoom({ CGROUP: root });
    const close = room.close.bind(room);
    room.close = async () => {
      await close();
      await outer.close();
    };
  });

  it('is in it with its limits before the command begins', async () => {
    const look = `cd ${root}/execution-*; head memory.max memory.oom.group pids.max cgroup.procs; echo me $$; ls /proc/self/fd`;
    const run = await room.run(look, { limits: { memoryBytes: 64 * MEBIBYTE, processes: 5 } });

    expect(run.stdout).toBe(
      [
        `==> memory.max <==\n${64 * MEBIBYTE}`,
        '==> memory.oom.group <==\n1',
        '==> pids.max <==\n144',
        `==> cgroup.procs <==\n${run.pid}me ${run.pid}\n0\n1\n2\n3\n`,
      ].join('\n'),
    );
  });

  it('that the kernel killed for its memory is told so', async () => {
    const command = `cd ${root}/execution-*; echo oom_kill 2 > memory.events; echo 70000000 > memory.peak; kill -9 $$`;

    expect(await (await room.run(command, { limits: { memoryBytes: 64 * MEBIBYTE } })).outcome).toMatchObject({
      status: 'failed',
      exitCode: -9,
      reason: 'resource_limit',
      evidence: { resource: 'memoryBytes', limit: 64 * MEBIBYTE, observed: 70_000_000 },
    });
  });

  it('that was killed for another reason is not', async () => {
    const command = `cd ${root}/execution-*; echo oom_kill 0 > memory.events; kill -9 $$`;

    expect(await (await room.run(command, { limits: { memoryBytes: 64 * MEBIBYTE } })).outcome).toMatchObject({
      reason: 'signal',
      evidence: null,
    });
  });

  it('has none where it has no limit for it', async () => {
    await room.run('true', { limits: { cpuSeconds: 5 } });
    await room.run('true');

    expect(readdirSync(root)).toEqual([]);
  });

  it('is not started where it cannot have one', async () => {
    rmdirSync(root);
    writeFileSync(root, '');

    await expect(room.start('true', { limits: { processes: 5 } })).rejects.toMatchObject({
      fault: { kind: 'start-refused' },
    });
    await expect(room.run(['no-such-program'], { limits: {} })).rejects.toMatchObject({ fault: { field: 'argv' } });
  });
});

(REAL === undefined ? describe.skip : describe)('an execution in a cgroup of the kernel', () => {
  beforeEach(() => {
    root = REAL ?? '';
    mkdirSync(root);
    room = new ProcessRoom({ CGROUP: root });
  });

  afterEach(() => {
    rmdirSync(root);
  });

  const hasControllers = (): boolean => {
    const path = join(root, 'cgroup.controllers');
    return /\bmemory\b.*\bpids\b/.test(readFileSync(path, 'latin1'));
  };

  it('has its limits, or is refused where the controllers are not there', async () => {
    const limits = { memoryBytes: 64 * MEBIBYTE };
    const started = await room.run('cat /proc/self/cgroup; sleep 1000 &', { limits }).catch((error: unknown) => error);
    if (!hasControllers()) expect(started).toMatchObject({ fault: { kind: 'start-refused' } });
    else expect((started as { stdout: string }).stdout).toMatch(/0::.*\/execution-/);
    await eventually(
      () => readdirSync(root).filter((name) => name.startsWith('execution-')),
      (names) => names.length === 0,
    );
  });
});
