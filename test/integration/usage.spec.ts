import { randomUUID } from 'node:crypto';
import { constants, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FinalUsage, Usage } from '../../src/process/usage.js';
import { eventually, within } from '../e2e/support/eventually.js';
import { mark, marked, processRow } from '../e2e/support/proc.js';
import { ProcessRoom } from './support/process-room.js';

/** A command of the launcher's, and what was told of it. */
interface Measured {
  readonly id: string;
  readonly pid: number;
  /** By which its processes are found. */
  readonly markId: string;
  readonly rows: Usage[];
  /** What it has printed. */
  readonly printed: () => string;
  readonly final: Promise<FinalUsage>;
  /** Settles when nothing of it is left. */
  readonly cleared: Promise<void>;
}

let room: ProcessRoom;

beforeAll(() => {
  // That a launcher is gone is what a test is about, and no news.
  Logger.overrideLogger(false);
});

afterAll(() => {
  Logger.overrideLogger(['log', 'warn', 'error']);
});

beforeEach(() => {
  room = new ProcessRoom();
});

afterEach(async () => {
  await room.close();
});

/** Starts a line of bash, or a program, under the launcher. */
async function start(program: string | readonly [string, ...string[]]): Promise<Measured> {
  const id = randomUUID();
  const [file, ...args] = typeof program === 'string' ? (['bash', '-c', program] as const) : program;
  const paths = (await room.launcher.takeFifos(2)) as [string, string];
  let printed = '';
  for (const path of paths) {
    new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) }).on('data', (chunk) => {
      printed += chunk.toString();
    });
  }
  const rows: Usage[] = [];
  const [stdout, stderr] = paths;
  const { id: markId, env } = mark();
  const order = { id, file, args, cwd: '/', environment: env, stdin: null, stdout, stderr, keep: false, limits: null };
  let pid = 0;
  let tellCleared: () => void = () => undefined;
  const cleared = new Promise<void>((resolve) => {
    tellCleared = resolve;
  });
  const final = new Promise<FinalUsage>((resolve, reject) => {
    const starting = room.launcher.spawn(order, (given) => {
      pid = given;
      return {
        used: (usage) => rows.push(usage),
        exited: (_code, _signal, _durationMs, usage) => {
          resolve(usage);
        },
        exceeded: () => undefined,
        cleared: tellCleared,
        lost: (why) => {
          reject(new Error(why));
        },
      };
    });
    starting.then((failure) => {
      if (failure !== null) reject(new Error(failure));
    }, reject);
  });
  final.catch(() => undefined);
  await eventually(
    () => pid,
    (given) => given > 0,
  );
  return { pid, id, markId, rows, printed: () => printed, final, cleared };
}

/** What it had used at its end. */
function end(run: Measured): Promise<FinalUsage> {
  return within(run.final, 'the end of a command');
}

async function prints(run: Measured, text: string): Promise<void> {
  await eventually(run.printed, (printed) => printed.includes(text));
}

/** What is told on demand, as soon as it holds: the look may be a little older than the question. */
async function sample(run: Measured, holds: (usage: Usage) => boolean = () => true): Promise<Usage> {
  const usage = await eventually(
    async () => {
      await room.launcher.sample();
      return run.rows.at(-1);
    },
    (last) => last !== undefined && holds(last),
  );
  return usage!;
}

/** A program that uses so much CPU, runs a script, and ends where that holds nothing open. */
function burn(seconds: number, then = ''): string {
  const script = `const used = () => { const { user, system } = process.cpuUsage(); return user + system; }; while (used() < ${seconds * 1e6}) for (let i = 0; i < 1e5; i++); ${then}`;
  return `${process.execPath} -e '${script}'`;
}

const STAY = 'console.log("burnt"); setInterval(() => 0, 1e6);';

/** CPU time of the children that a process has waited for, in seconds. */
function waitedCpu(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** True where it never falls from one row to the next. */
function rises(rows: readonly Usage[], name: keyof Usage): boolean {
  return rows.every((row, index) => row[name] >= (rows[index - 1]?.[name] ?? 0));
}

describe('the CPU time of a command', () => {
  it.each([
    ['of one process', burn(0.5)],
    ['of children it waits for', `${burn(0.25)}; ${burn(0.25)} & wait`],
    ['of grandchildren', `bash -c "bash -c \\"${burn(0.5).replaceAll('$', '\\$')}\\"; true"; true`],
    ['of many short children', `for i in 1 2 3 4 5 6 7 8; do ${burn(0.07)}; done`],
    ['of what is left at its end', `exec 3< <(${burn(0.5, STAY)}); read -r <&3; exit 0`],
  ])('%s is known at its end', async (_, line) => {
    const run = await start(line);
    const { cpuSeconds } = await end(run);

    expect(cpuSeconds).toBeGreaterThan(0.4);
    expect(cpuSeconds).toBeLessThan(2);
  });

  it('of a daemon that left its session is in it while it lives, and after', async () => {
    const run = await start(`(setsid ${burn(0.4, STAY)} &); exec sleep 1000`);
    await prints(run, 'burnt');
    const before = await sample(run, ({ cpuSeconds }) => cpuSeconds > 0.3);
    for (const { pid, session } of marked(run.markId)) if (session !== run.pid) process.kill(pid, 'SIGKILL');
    const after = await sample(run, ({ rssBytes }) => rssBytes < before.rssBytes / 2);
    room.launcher.terminate(run.id, 1000);

    expect(after.cpuSeconds).toBeGreaterThanOrEqual(before.cpuSeconds);
    expect(after.cpuSeconds).toBeLessThan(2);
    expect((await end(run)).cpuSeconds).toBeGreaterThanOrEqual(after.cpuSeconds);
    expect((await end(run)).cpuSeconds).toBeLessThan(2);
  });

  it('is told apart where two end at the same moment', async () => {
    const launcher = await room.launcherPid();
    const [long, short] = [await start(burn(0.6, STAY)), await start(burn(0.15, STAY))];
    await Promise.all([prints(long, 'burnt'), prints(short, 'burnt')]);
    await sample(long, ({ cpuSeconds }) => cpuSeconds > 0.5);
    process.kill(launcher, 'SIGSTOP');
    for (const { pid } of [long, short]) process.kill(-pid, 'SIGKILL');
    process.kill(launcher, 'SIGCONT');
    const [more, less] = await Promise.all([end(long), end(short)]);

    expect(more.cpuSeconds).toBeGreaterThan(0.5);
    expect(less.cpuSeconds).toBeGreaterThan(0.05);
    expect(more.cpuSeconds + less.cpuSeconds).toBeLessThan(2);
    expect(more.cpuSeconds).toBeGreaterThan(less.cpuSeconds);
  });

  it('of 50 short ones makes up what the kernel has counted', async () => {
    const launcher = await room.launcherPid();
    const before = waitedCpu(launcher);
    const finals: FinalUsage[] = [];
    for (let batch = 0; batch < 10; batch++) {
      const runs = Array.from({ length: 5 }, () => start('for ((i = 0; i < 10000; i++)); do :; done'));
      for (const run of await Promise.all(runs)) finals.push(await end(run));
    }
    const told = finals.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
    const counted = waitedCpu(launcher) - before;

    expect(finals).toHaveLength(50);
    // The rest went into making FIFOs; each is rounded to a thousandth.
    expect(told).toBeLessThan(counted + 0.1);
    expect(told).toBeGreaterThan(counted * 0.6 - 0.1);
  });

  it('is told while it runs, without being asked for', async () => {
    const run = await start(burn(60));
    const rows = await eventually(
      () => run.rows,
      ({ length }) => length > 1,
    );
    room.launcher.terminate(run.id, 0);

    expect(rows[0]!.cpuSeconds).toBeGreaterThan(0.1);
    expect(rows[1]!.cpuSeconds).toBeGreaterThan(rows[0]!.cpuSeconds);
    expect(rows[1]!.cpuPercent).toBeGreaterThan(5);
    expect(rows[1]!.cpuPercent).toBeLessThan(200);
  });
});

describe('the memory of a command', () => {
  it('is that of all its processes now, and the highest that was seen', async () => {
    const hold = `const held = Buffer.alloc(1e8, 1); console.log("held", process.pid); setInterval(() => held, 1e6);`;
    const run = await start(`${process.execPath} -e '${hold}'; echo freed; exec sleep 1000`);
    await prints(run, 'held');
    const held = await sample(run, ({ rssBytes }) => rssBytes > 1e8);
    process.kill(Number(/held (\d+)/.exec(run.printed())?.[1]), 'SIGKILL');
    await prints(run, 'freed');
    const freed = await sample(run, ({ rssBytes }) => rssBytes < 5e7);
    room.launcher.terminate(run.id, 1000);

    expect(held.rssBytes).toBeLessThan(4e8);
    expect(held.maxRssBytes).toBe(held.rssBytes);
    expect(freed.maxRssBytes).toBeGreaterThanOrEqual(held.maxRssBytes);
    expect((await end(run)).maxRssBytes).toBeGreaterThanOrEqual(freed.maxRssBytes);
  });

  it('is known of one that lived for a tenth of a second', async () => {
    const run = await start(['sleep', '0.3']);
    const { maxRssBytes } = await end(run);

    expect(maxRssBytes).toBeGreaterThan(1e5);
    expect(maxRssBytes).toBeLessThan(1e8);
  });

  it('is null or measured of one that ended at once', async () => {
    const { maxRssBytes, cpuSeconds } = await end(await start(['true']));

    expect(maxRssBytes ?? 1).toBeGreaterThan(0);
    expect(cpuSeconds).toBeLessThan(0.5);
  });
});

describe('the I/O of a command', () => {
  it('grows by what its children read and write, also while it is stopped after it', async () => {
    const copy = 'dd if=/dev/zero of=/dev/null bs=1M count=100 2>/dev/null';
    const run = await start(`${copy}; echo one; kill -STOP $$; ${copy}; echo two; exec sleep 1000`);
    await prints(run, 'one');
    const one = await sample(run, ({ ioBytes }) => ioBytes > 1e8);
    // The signal has no effect before the shell has stopped itself.
    await eventually(
      () => processRow(run.pid)?.state,
      (state) => state === 'T',
    );
    await room.launcher.signal(run.id, 'SIGCONT', false);
    await prints(run, 'two');
    const two = await sample(run, ({ ioBytes }) => ioBytes > one.ioBytes + 1e8);
    room.launcher.terminate(run.id, 1000);

    expect(one.ioBytes).toBeGreaterThan(2 * 100 * 2 ** 20);
    expect(one.ioBytes).toBeLessThan(3 * 100 * 2 ** 20);
    expect(two.ioBytes - one.ioBytes).toBeGreaterThan(2 * 100 * 2 ** 20);
  });
});

describe('the totals of a command', () => {
  it('never fall, whatever comes and goes in its tree', async () => {
    const run = await start(`
      for i in {1..40}; do
        (for ((j = 0; j < 3000; j++)); do :; done) &
        (setsid bash -c 'for ((j = 0; j < 3000; j++)); do :; done; cat /proc/self/status > /dev/null' &)
        (cat /proc/self/environ > /dev/null; bash -c 'for ((j = 0; j < 3000; j++)); do :; done &')
        if ((i % 4 == 0)); then wait; fi
      done
      wait`);
    let ended = false;
    const final = end(run).finally(() => {
      ended = true;
    });
    const isRunning = (): boolean => !ended;
    while (isRunning()) await room.launcher.sample();
    const { cpuSeconds, maxRssBytes } = await final;
    await within(run.cleared, 'the end of the tree');

    expect(run.rows.length).toBeGreaterThan(3);
    for (const name of ['cpuSeconds', 'ioBytes', 'maxRssBytes'] as const) expect(rises(run.rows, name)).toBe(true);
    const before = run.rows.filter((row) => row.cpuSeconds <= cpuSeconds).at(-1);
    expect(maxRssBytes).toBeGreaterThanOrEqual(before?.maxRssBytes ?? 0);
    expect(cpuSeconds).toBeGreaterThan(0.2);
  });
});

describe('a question for the figures of now', () => {
  it('is answered where nothing runs', async () => {
    await room.run('true');

    await within(room.launcher.sample(), 'an answer');
  });

  it('is answered where many ask at once', async () => {
    const run = await start('exec sleep 1000');
    await within(Promise.all(Array.from({ length: 500 }, () => room.launcher.sample())), 'an answer to each');
    room.launcher.terminate(run.id, 0);

    expect(run.rows.at(-1)?.rssBytes).toBeGreaterThan(0);
  });

  it('is answered where the launcher dies', async () => {
    await room.run('true');
    const pid = await room.launcherPid();
    process.kill(pid, 'SIGSTOP');
    const asked = room.launcher.sample();
    process.kill(pid, 'SIGKILL');

    await within(asked, 'an answer');
    await within(room.launcher.sample(), 'an answer of the next');
  });

  it('is answered where the launcher was ended', async () => {
    const asked = room.launcher.sample();
    await room.launcher.end();

    await within(asked, 'an answer');
    await within(room.launcher.sample(), 'an answer after it');
  });
});
