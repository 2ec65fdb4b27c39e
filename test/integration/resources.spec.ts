import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../e2e/support/eventually.js';
import { descendants } from '../e2e/support/proc.js';
import { ProcessRoom } from './support/process-room.js';

/** More of them, as 10000, in an environment with QUICK_EXECUTIONS. */
const EXECUTIONS = Number(process.env.QUICK_EXECUTIONS ?? 200);

let room: ProcessRoom;
let launcher: number;

beforeAll(async () => {
  // Shells that wait have descriptors and files of their own: see ready-shells.spec.ts.
  room = new ProcessRoom({ READY_SHELLS: '0' });
  await room.run('true');
  launcher = await room.launcherPid();
});

afterAll(async () => {
  await room.close();
});

/** Where the open file descriptors of a process lead, by their numbers. */
function descriptors(pid: number): Record<string, string> {
  const directory = `/proc/${pid}/fd`;
  const open: Record<string, string> = {};
  for (const fd of readdirSync(directory)) {
    try {
      open[fd] = readlinkSync(`${directory}/${fd}`);
    } catch {
      // It was closed in between.
    }
  }
  return open;
}

function count(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** True where a file descriptor of this process is O_CLOEXEC, by proc(5). */
function closesOnExec(fd: string): boolean {
  try {
    const [, flags = '0'] = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')) ?? [];
    return (parseInt(flags, 8) & 0o2000000) !== 0;
  } catch {
    return true;
  }
}

describe('a command', () => {
  // What those who started the tests let every process inherit.
  const inherited = readdirSync('/proc/self/fd').filter((fd) => Number(fd) > 2 && !closesOnExec(fd));

  it.each<[string, null | 'open' | Buffer, RegExp]>([
    ['no stdin', null, /^\/dev\/null$/],
    ['an open stdin', 'open', /cc-executor/],
    ['a given stdin', Buffer.from('x'), /cc-executor/],
  ])('with %s has the file descriptors 0, 1 and 2, and no other', async (_, stdin, zero) => {
    const run = await room.start(['sleep', '1000'], { stdin });
    // The program may still be loading its libraries.
    const open = await eventually(
      () => descriptors(run.pid),
      (found) => Object.keys(found).every((fd) => Number(fd) <= 2 || inherited.includes(fd)),
    );
    await run.cancel();

    expect(Object.keys(open).filter((fd) => !inherited.includes(fd))).toEqual(['0', '1', '2']);
    expect(open[0]).toMatch(zero);
    expect(open[1]).toMatch(/^\/dev\/shm\/cc-executor-[\w-]+\/\d+( \(deleted\))?$/);
    expect(open[2]).toMatch(/^\/dev\/shm\/cc-executor-[\w-]+\/\d+( \(deleted\))?$/);
    expect(open[1]).not.toBe(open[2]);
  });

  it('has pipes that it can open again, as in a terminal', async () => {
    const run = await room.run('echo out > /dev/stdout; echo err > /dev/stderr; echo both | tee /dev/stderr');

    expect(run.stdout).toBe('out\nboth\n');
    expect(run.stderr).toBe('err\nboth\n');
  });

  it('leads a session and a group of its own', async () => {
    const run = await room.start(['sleep', '1000']);
    const [row] = descendants(launcher).filter(({ pid }) => pid === run.pid);
    await run.cancel();

    expect(row).toMatchObject({ group: run.pid, session: run.pid, parent: launcher, terminal: 0 });
  });

  it('has none of the signals blocked or ignored', async () => {
    const { stdout } = await room.run(['grep', '-E', '^Sig(Blk|Ign)', '/proc/self/status']);

    expect([...stdout.matchAll(/[0-9a-f]{16}/g)].map(([mask]) => mask)).toEqual([
      '0000000000000000',
      '0000000000000000',
    ]);
  });

  it('has the marks of the service, and nothing of what configures it', async () => {
    const { stdout, execution } = await room.run(['env'], { environment: { MINE: 'x' } });
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=', 1)[0]);

    expect(names.sort()).toEqual(['CC_EXECUTOR_EXECUTION_ID', 'CC_EXECUTOR_INSTANCE', 'LANG', 'MINE', 'PATH', 'PWD']);
    expect(stdout).toContain(`CC_EXECUTOR_EXECUTION_ID=${execution.id}\n`);
  });
});

describe(`${EXECUTIONS} quick executions`, () => {
  it('leave no file, no file descriptor and no process', async () => {
    const before = { launcher: count(launcher), own: count(process.pid) };
    for (let batch = 0; batch < EXECUTIONS / 20; batch++) {
      const stdin = batch % 2 === 0 ? null : Buffer.from('x\n');
      await Promise.all(Array.from({ length: 20 }, () => room.run(['cat'], { stdin })));
    }

    expect(room.openFifos()).toEqual([]);
    await eventually(
      () => count(launcher),
      (now) => now <= before.launcher,
    );
    await eventually(
      () => count(process.pid),
      (now) => now <= before.own + 1,
    );
    const files = await eventually(
      () => room.readyFifos(),
      (ready) => ready.length < 300,
    );
    expect(files.every((name) => /^\d+$/.test(name))).toBe(true);
    await eventually(
      () => descendants(launcher),
      (rows) => rows.length === 0,
    );
  });

  it('leave only FIFOs that were never used', async () => {
    const before = new Set(await room.readyFifos());
    const used = new Set<string>();
    for (let turn = 0; turn < 20; turn++) {
      const run = await room.start(['sleep', '1000']);
      for (const fd of [1, 2]) used.add(descriptors(run.pid)[fd]?.split('/').at(-1)?.replace(' (deleted)', '') ?? '');
      await run.cancel();
    }
    const after = await room.readyFifos();

    expect(used.size).toBe(40);
    expect([...used].some((name) => before.has(name))).toBe(true);
    expect(after.filter((name) => used.has(name))).toEqual([]);
  });
});

describe('300 starts at once', () => {
  it('all run, each with its own output', async () => {
    const runs = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        room.start(`read -r x; echo "${index} $x"`, { stdin: Buffer.from(`in ${index}\n`) }),
      ),
    );
    const outcomes = await Promise.all(runs.map((run) => run.outcome));

    expect(outcomes.every(({ status }) => status === 'completed')).toBe(true);
    expect(runs.map((run) => run.stdout)).toEqual(runs.map((_, index) => `${index} in ${index}\n`));
    expect(new Set(runs.map((run) => run.execution.id)).size).toBe(300);
    expect(room.openFifos()).toEqual([]);
  });
});

describe('a launcher that may open no more files', () => {
  it('refuses a start as a limit of resources, leaves nothing behind, and works again', async () => {
    const [, hard = ''] =
      /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${launcher}/limits`, 'latin1')) ?? [];
    const limit = (files: string): void => {
      expect(spawnSync('prlimit', ['--pid', String(launcher), `--nofile=${files}:`]).status).toBe(0);
    };
    limit(String(count(launcher) + 1));
    try {
      await expect(room.run('true')).rejects.toMatchObject({
        fault: { kind: 'start-refused', resource: 'file_descriptors', code: 'EMFILE' },
      });
    } finally {
      limit(hard);
    }

    expect((await room.run('echo again')).stdout).toBe('again\n');
    expect(await room.launcherPid()).toBe(launcher);
    expect(room.openFifos()).toEqual([]);
  });
});
