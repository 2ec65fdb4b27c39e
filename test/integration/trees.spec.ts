import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../e2e/support/eventually.js';
import { isAlive, mark, marked, processRow } from '../e2e/support/proc.js';
import { fixture } from '../e2e/support/service.js';
import { ProcessRoom, type Program } from './support/process-room.js';
import type { Run } from './support/run.js';

const CLEANUP_SECONDS = 0.3;

/** A command of a test, with a mark by which its processes are found wherever they went. */
interface Marked {
  readonly run: Run;
  readonly id: string;
}

let room: ProcessRoom;
const marks: string[] = [];

beforeAll(() => {
  room = new ProcessRoom({ PROCESS_CLEANUP_TIMEOUT: String(CLEANUP_SECONDS) });
});

afterEach(() => {
  for (const id of marks.splice(0)) for (const { pid } of marked(id)) process.kill(pid, 'SIGKILL');
});

afterAll(async () => {
  await room.close();
});

async function start(program: Program, given: Parameters<ProcessRoom['start']>[1] = {}): Promise<Marked> {
  const { id, env } = mark();
  marks.push(id);
  return { run: await room.start(program, { ...given, environment: { ...env, ...given.environment } }), id };
}

/** Starts tree.sh, and resolves when it has forked all its processes. */
async function startTree(shapes: readonly string[], given: Parameters<ProcessRoom['start']>[1] = {}): Promise<Marked> {
  const tree = await start(['bash', fixture('tree.sh'), ...shapes], given);
  await tree.run.prints('ready\n');
  await eventually(
    () => marked(tree.id).length,
    (count) => count >= shapes.length,
  );
  return tree;
}

/** The pids that tree.sh has printed. */
function printedPids(run: Run): number[] {
  return [...run.stdout.matchAll(/^\S+ (\d+)$/gm)].map(([, pid]) => Number(pid));
}

/** Perl that leaves its parent behind, in a session of its own, so many times; then it stays. */
function hopper(hops: number): Program {
  return ['perl', '-e', `use POSIX; for (1..${hops}) { exit 0 if fork; POSIX::setsid(); } sleep 1000;`];
}

const ALL = ['background', 'setsid', 'double-fork', 'daemon', 'stubborn', 'deep'];
const SHAPES = [...ALL, ALL.join(' ')];

describe('a leader that leaves processes behind', () => {
  it.each(SHAPES)('(%s) is completed when nothing of them is alive', async (shapes) => {
    const { run, id } = await start(['bash', fixture('tree.sh'), ...shapes.split(' ')], {
      environment: { LEAVE: '3' },
    });

    const outcome = await run.outcome;
    expect(marked(id)).toEqual([]);
    expect(outcome).toMatchObject({ status: 'failed', exitCode: 3, reason: 'exit', survivors: [] });
  });

  it.each<[string, Program]>([
    ['at once', 'setsid sleep 1000 & exit 0'],
    ['from a subshell', '(setsid sleep 1000 &); exit 0'],
    ['between two forks', ['perl', '-e', 'use POSIX; exit 0 if fork; POSIX::setsid(); exit 0 if fork; sleep 1000']],
    ['one after the other', hopper(5)],
  ])('%s is completed when nothing of them is alive, every time', async (_, program) => {
    const runs = await Promise.all(Array.from({ length: 20 }, () => start(program)));
    const left = await Promise.all(
      runs.map(async ({ run, id }) => {
        await run.outcome;
        return marked(id);
      }),
    );

    expect(left.flat()).toEqual([]);
  });

  it('lets them finish what they print within the drain time', async () => {
    const { run } = await start('(sleep 0.05; echo late) & echo early');

    await run.outcome;
    expect(run.stdout).toBe('early\nlate\n');
  });

  it('gives them SIGTERM before SIGKILL', async () => {
    const { run } = await start('(trap "echo goodbye; exit" TERM; while :; do sleep 0.01; done) & exit 0');

    await run.outcome;
    expect(run.stdout).toBe('goodbye\n');
  });

  it('is completed soon, also where a process of no one holds its pipe', async () => {
    const { run } = await start('env -i setsid sleep 3 & exit 0');
    const { durationMs } = await run.outcome;

    expect(durationMs).toBeLessThan(2000);
  });

  it('is completed soon, also where a process of no one writes on', async () => {
    const { run } = await start('env -i setsid bash -c "for i in {1..50}; do echo \\$i; sleep 0.05; done" & exit 0');
    const startedAt = performance.now();
    await run.outcome;

    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

describe('a tree that is canceled', () => {
  it.each(SHAPES)('(%s) is dead when it is completed', async (shapes) => {
    const { run, id } = await startTree(shapes.split(' '));

    const outcome = await run.cancel();
    expect(marked(id)).toEqual([]);
    expect(outcome).toMatchObject({ status: 'canceled', reason: 'canceled' });
    expect(run.types).toEqual(['started', 'canceled', 'completed']);
  });

  it('gets SIGKILL after the cleanup timeout where it ignores SIGTERM', async () => {
    const { run, id } = await start(['bash', fixture('ignores-term.sh')]);
    await run.prints('ready\n');
    const startedAt = performance.now();

    expect(await run.cancel()).toMatchObject({ status: 'canceled', exitCode: -9, signal: 'SIGKILL' });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(CLEANUP_SECONDS * 1000 - 20);
    expect(marked(id)).toEqual([]);
  });

  it('ends by SIGTERM where it takes it', async () => {
    const { run } = await start('trap "echo bye; exit 7" TERM; echo ready; while :; do sleep 0.01; done');
    await run.prints('ready\n');

    expect(await run.cancel()).toMatchObject({ status: 'canceled', exitCode: 7, signal: null });
    expect(run.stdout).toBe('ready\nbye\n');
  });

  it('and paused is continued, so that it can end in order', async () => {
    const { run, id } = await start('trap "echo bye; exit 7" TERM; echo ready; while :; do sleep 0.01; done');
    await run.prints('ready\n');
    (await run.execution.pause())();
    expect(await states(id)).toEqual(['T']);

    expect(await run.cancel()).toMatchObject({ status: 'canceled', exitCode: 7 });
    expect(run.types).toEqual(['started', 'paused', 'canceled', 'completed']);
  });

  it('and paused is dead to the last process', async () => {
    const { run, id } = await startTree(ALL);
    (await run.execution.pause())();
    await run.cancel();

    expect(marked(id)).toEqual([]);
  });
});

/** The states of all processes of the mark, as soon as they agree. */
async function states(id: string): Promise<string[]> {
  return eventually(
    () => [...new Set(marked(id).map(({ state }) => state))],
    (found) => found.length === 1,
  );
}

describe('a tree that is paused', () => {
  it('stands still, to the last process, and goes on', async () => {
    const { run, id } = await startTree(ALL);
    (await run.execution.pause())();
    expect(await states(id)).toEqual(['T']);
    expect(run.execution.state).toBe('paused');

    (await run.execution.resume())();
    expect(await states(id)).toEqual(['S']);
    expect(run.execution.state).toBe('running');
    await run.cancel();
    expect(run.types).toEqual(['started', 'paused', 'resumed', 'canceled', 'completed']);
  });

  it('does not run out of its time', async () => {
    const { run } = await start('sleep 1000', { timeoutMs: 400, stallTimeoutMs: 400 });
    (await run.execution.pause())();
    const ended = await Promise.race([
      run.outcome.then(() => true),
      new Promise((resolve) => setTimeout(resolve, 700, false)),
    ]);
    expect(ended).toBe(false);

    (await run.execution.resume())();
    expect(await run.outcome).toMatchObject({ status: 'failed', signal: 'SIGTERM' });
  });

  it('and canceled at once is canceled, and not paused', async () => {
    const { run } = await start('sleep 1000');
    const pause = run.execution.pause().then(
      (announce) => {
        announce();
      },
      () => undefined,
    );
    const outcome = await run.cancel();
    await pause;

    expect(outcome).toMatchObject({ status: 'canceled' });
    expect(run.types.at(-1)).toBe('completed');
    expect(run.types.indexOf('canceled')).toBe(run.types.length - 2);
  });

  it('and resumed and canceled at once does not run out of time afterwards', async () => {
    const { run } = await start('trap "" TERM; echo ready; while :; do sleep 0.05; done', { timeoutMs: 400 });
    await run.prints('ready\n');
    (await run.execution.pause())();
    const resume = run.execution.resume().catch(() => undefined);
    const outcome = await run.cancel();
    await resume;

    expect(outcome).toMatchObject({ status: 'canceled', reason: 'canceled' });
    expect(run.types).not.toContain('time-limit');
  });
});

describe('a tree that may stay', () => {
  it('is completed with its survivors, who live on', async () => {
    const { run, id } = await start(['bash', fixture('tree.sh'), 'background', 'setsid', 'daemon'], {
      onExit: 'keep',
      environment: { LEAVE: '0' },
    });
    const { status, survivors } = await run.outcome;

    expect(status).toBe('completed');
    expect([...survivors].sort()).toEqual(
      marked(id)
        .map(({ pid }) => pid)
        .sort(),
    );
    expect([...survivors].sort()).toEqual(printedPids(run).sort());
    run.execution.terminate('disconnected');
    await run.execution.gone;
    expect(marked(id)).toEqual([]);
  });

  it('has no survivors where all have ended', async () => {
    const { run } = await start('sleep 0.01 & exit 0', { onExit: 'keep' });

    expect(await run.outcome).toMatchObject({ status: 'completed', survivors: [] });
    await run.execution.gone;
  });

  it('is killed all the same when it is canceled before its leader ends', async () => {
    const { run, id } = await startTree(['background', 'setsid'], { onExit: 'keep' });

    expect(await run.cancel()).toMatchObject({ status: 'canceled', survivors: [] });
    expect(marked(id)).toEqual([]);
  });

  it('may write on after the end without harm', async () => {
    const { run, id } = await start('(while :; do echo more; sleep 0.01; done) & exit 0', { onExit: 'keep' });
    const { survivors } = await run.outcome;
    const printed = run.stdout;
    await eventually(
      () => survivors.some((pid) => isAlive(processRow(pid))),
      (alive) => alive,
    );
    expect(run.stdout).toBe(printed);

    run.execution.terminate('disconnected');
    await run.execution.gone;
    expect(marked(id)).toEqual([]);
    expect(run.types.at(-1)).toBe('completed');
  });

  it('is known to be gone when its survivors end by themselves', async () => {
    const { run } = await start('sleep 0.6 & exit 0', { onExit: 'keep' });

    expect((await run.outcome).survivors).toHaveLength(1);
    await run.execution.gone;
    expect(run.execution.survivors).toEqual([]);
  });
});

describe('a command that no one reads any more', () => {
  it('is dead to the last process', async () => {
    const { run, id } = await startTree(ALL);
    run.execution.abandon('disconnected');

    expect(await run.outcome).toMatchObject({ status: 'canceled', reason: 'disconnected' });
    expect(marked(id)).toEqual([]);
  });

  it('is dead in the middle of a flood', async () => {
    const { run, id } = await start('yes & yes >&2');
    await run.prints('y\n');
    run.stopReading();
    run.execution.abandon('disconnected');

    expect(await run.outcome).toMatchObject({ reason: 'disconnected' });
    expect(marked(id)).toEqual([]);
  });
});

describe('a command that is asked to end again and again', () => {
  it('ends no later for it', async () => {
    const { run, id } = await startTree(['stubborn', 'setsid']);
    let times = 0;
    const hammer = setInterval(() => {
      room.launcher.terminate(run.execution.id, 0);
      times++;
    }, 1);
    try {
      await run.outcome;
    } finally {
      clearInterval(hammer);
    }

    expect(times).toBeLessThan(1000);
    expect(marked(id)).toEqual([]);
  });
});

describe('nothing', () => {
  it('is left as a zombie', async () => {
    const { run } = await startTree(ALL);
    const launcher = await room.launcherPid();
    await run.cancel();
    await eventually(
      () => processRow(run.pid),
      (row) => row === undefined,
    );
    const zombies = printedPids(run).filter((pid) => processRow(pid)?.parent === launcher);

    expect(zombies).toEqual([]);
  });
});
