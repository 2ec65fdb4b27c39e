import { mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventually } from '../e2e/support/eventually.js';
import { descendants, isAlive, processRow } from '../e2e/support/proc.js';
import { ProcessRoom, type Program } from './support/process-room.js';

/** Tells all that a command can see of its start, of its own ids only whether they are equal. */
const TELL = [
  'import json, os, resource, signal, sys',
  'pid = os.getpid()',
  'env = {name: value for name, value in os.environ.items() if not name.startswith("CC_EXECUTOR_")}',
  'limits = [resource.getrlimit(getattr(resource, name)) for name in sorted(dir(resource)) if name.startswith("RLIMIT_")]',
  'fds = sorted(os.listdir("/proc/self/fd"))[:3]',
  'links = [os.readlink("/proc/self/fd/0"), os.readlink("/proc/self/fd/1") == os.readlink("/proc/self/fd/2")]',
  'ids = [os.getsid(0) == pid, os.getpgid(0) == pid, os.getuid(), os.getgid(), os.getgroups()]',
  'status = [line for line in open("/proc/self/status") if line.startswith(("SigBlk", "SigIgn", "SigCgt", "Umask", "Cap", "NoNewPrivs"))]',
  'oom = open("/proc/self/oom_score_adj").read()',
  'print(json.dumps([sys.argv[1:], env, os.getcwd(), limits, fds, links, ids, status, oom, os.nice(0)]))',
].join('\n');

const SETTINGS = { CC_EXECUTOR_SHELL: 'default', SPAWN_METHOD: 'fork' };
let ready: ProcessRoom;
let forked: ProcessRoom;

beforeAll(() => {
  ready = new ProcessRoom(SETTINGS);
  forked = new ProcessRoom({ ...SETTINGS, READY_SHELLS: '0' });
});

afterAll(async () => {
  await ready.close();
  await forked.close();
});

/** The shells of a room that wait. */
function waiting(room: ProcessRoom, count = 8): Promise<number[]> {
  return eventually(
    () => readyShells(room),
    (pids) => pids.length >= count,
  );
}

function readyShells(room: ProcessRoom): number[] {
  const instances = readdirSync(room.runDirectory).map((name) => name.slice(name.indexOf('.') + 1));
  return descendants(process.pid)
    .map(({ pid }) => pid)
    .filter((pid) => read(pid, 'cmdline').includes('cc-executor-ready'))
    .filter((pid) => instances.some((instance) => read(pid, 'environ').includes(instance)));
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** What a command sees that a shell became, and one that was forked. */
async function both(argv: readonly string[], environment: Record<string, string>, cwd: string) {
  const program: Program = ['/usr/bin/python3', '-S', '-c', TELL, ...argv];
  await waiting(ready);
  const became = await ready.run(program, { environment, cwd });
  const was = await forked.run(program, { environment, cwd });
  return { became, was };
}

describe('a command that a ready shell becomes', () => {
  it('is one of the shells that waited, and the next one has another', async () => {
    const seen = new Set(await waiting(ready));
    const became = new Set<number>();
    await eventually(
      async () => {
        for (const pid of readyShells(ready)) seen.add(pid);
        const { pid } = await ready.run('true');
        if (seen.has(pid)) became.add(pid);
        return became.size;
      },
      (count) => count > 1,
    );
  });

  it('sees nothing that a forked one does not, and all that it does', async () => {
    const directory = realpathSync(ready.directory);
    mkdirSync(join(directory, "a 'b' é"), { recursive: true });
    const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/).filter((text) => !text.startsWith('CC_EXECUTOR'));
    const value = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('', "'", "''", `'"\\$(x)\``, '\n', 'a\nb\n', '\u0081\u0088', '-n', '=', '\\'),
    );
    const text = value.map((each) => each.replaceAll('\0', '').toWellFormed());
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 4 }),
        fc.dictionary(name, text, { maxKeys: 4, noNullPrototype: true }),
        fc.constantFrom(directory, join(directory, "a 'b' é"), '/'),
        async (argv, environment, cwd) => {
          const { became, was } = await both(argv, environment, cwd);
          expect(became.stderr).toBe('');
          expect(JSON.parse(became.stdout)).toEqual(JSON.parse(was.stdout));
        },
      ),
      { numRuns: 15, examples: [[['$x', '`y`'], { A: "it's", IFS: 'x', PS4: '+' }, directory]] },
    );
  });

  it.each<[string, Program]>([
    ['its exit code', 'exit 7'],
    ['a signal', 'kill -KILL $$'],
    ['what it prints', 'echo out; echo err >&2; echo again > /dev/stdout; echo more > /dev/stderr'],
    ['an empty stdin', 'cat; read -r x || echo none; readlink /proc/self/fd/0'],
    ['a program that is not there', ['/no/such']],
  ])('ends as a forked one: %s', async (_, program) => {
    const told = async (room: ProcessRoom): Promise<unknown> => {
      try {
        const run = await room.run(program);
        const { status, exitCode, signal } = await run.outcome;
        return [status, exitCode, signal, run.stdout, run.stderr];
      } catch (error) {
        return (error as { fault?: unknown }).fault ?? error;
      }
    };
    await waiting(ready);

    expect(await told(ready)).toEqual(await told(forked));
  });

  it('ends with all it has started, though it is older than they', async () => {
    await waiting(ready);
    const run = await ready.start('setsid sleep 1000 & sleep 1000 & echo $!; wait');
    await run.prints('\n');
    await run.cancel();

    expect(isAlive(processRow(Number(run.stdout)))).toBe(false);
  });
});

describe('ready shells', () => {
  it.each(['SIGKILL', 'SIGSTOP'] as const)('that get %s cost a fork, and are replaced', async (signal) => {
    const shells = await waiting(ready);
    for (const pid of shells) process.kill(pid, signal);
    // The launcher may not have been told yet.
    await eventually(
      () => shells.filter((pid) => /^State:\s+[RSD]/m.test(read(pid, 'status'))),
      (running) => running.length === 0,
    );

    await eventually(
      async () => {
        expect((await ready.run('echo here')).stdout).toBe('here\n');
        return readyShells(ready).filter((pid) => !shells.includes(pid));
      },
      (fresh) => fresh.length > 0,
    );
  });

  it('leave no file descriptor and no process where they become commands', async () => {
    await waiting(ready);
    const launcher = await ready.launcherPid();
    const count = (): [number, number] => [readdirSync(`/proc/${launcher}/fd`).length, descendants(launcher).length];
    const before = await eventually(count, ([, processes]) => processes === 8);
    for (let turn = 0; turn < 50; turn++) await ready.run('true');

    await eventually(count, ([files, processes]) => files <= before[0] && processes === 8);
    expect(ready.openFifos()).toEqual([]);
  });

  it('are none where none are wanted', async () => {
    await forked.run('true');

    expect(readyShells(forked)).toEqual([]);
  });

  it('are gone with their launcher', async () => {
    const room = new ProcessRoom(SETTINGS);
    const shells = await waiting(room);
    await room.close();

    expect(shells.filter((pid) => read(pid, 'cmdline').includes('cc-executor-ready'))).toEqual([]);
  });

  it('serve as many commands at once as there are, and the others are forked', async () => {
    await waiting(ready);
    const runs = await Promise.all(Array.from({ length: 40 }, (_, index) => ready.run(`echo ${index}`)));

    expect(runs.map(({ stdout }) => stdout)).toEqual(runs.map((_, index) => `${index}\n`));
  });
});
