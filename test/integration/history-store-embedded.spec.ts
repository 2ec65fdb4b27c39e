import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClassicLevel } from 'classic-level';
import type { AppConfig } from '../../src/config/app-config.js';
import type * as LoadConfig from '../../src/config/load-config.js';
import type * as Store from '../../src/timeout/history/embedded-history.store.js';
import { eventually, within } from '../e2e/support/eventually.js';
import { fixture } from '../e2e/support/service.js';
import { built } from '../support/built.js';
import { LogLines } from '../support/log-lines.js';
import type { TaskRun } from '../../src/timeout/task-run.js';
import { taskRun } from '../support/task-run.js';

const { loadConfig } = await built<typeof LoadConfig>('config/load-config.js');
const { EmbeddedHistoryStore } = await built<typeof Store>('timeout/history/embedded-history.store.js');

const KEY = 'test:kept:medium:shell';
const SIMILAR = '*:*:medium:shell';
const DAY_MS = 86_400_000;

let log: LogLines;
let directory: string;
let history: string;
const opened: Store.EmbeddedHistoryStore[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  log = new LogLines();
  directory = mkdtempSync(join(tmpdir(), 'history-'));
  history = join(directory, 'history');
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.onApplicationShutdown();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
  log.stop();
});

function open(): Store.EmbeddedHistoryStore {
  const variables = { PATH: process.env.PATH, CC_EXECUTOR_SHELL: 'bash', DATA_DIR: directory, HISTORY_TTL: '604800' };
  const config: AppConfig = loadConfig(variables);
  const store = new EmbeddedHistoryStore(config);
  opened.push(store);
  store.onModuleInit();
  return store;
}

async function close(store: Store.EmbeddedHistoryStore): Promise<void> {
  opened.splice(opened.indexOf(store), 1);
  await store.onApplicationShutdown();
}

/** What a service knows of a key, as soon as its disk has answered. */
async function known(store: Store.EmbeddedHistoryStore, key: string): Promise<TaskRun[]> {
  const runs = await eventually(
    () => store.read(key).catch(() => null),
    (answer) => answer !== null,
  );
  return runs!;
}

/** Starts a service and ends it when it has opened its history. */
async function reopen(): Promise<void> {
  const store = open();
  await known(store, KEY);
  await close(store);
}

/** Changes what is on the disk while no service has it open. */
async function edit(change: (level: ClassicLevel) => Promise<void>): Promise<void> {
  const level = new ClassicLevel(history);
  await level.open();
  await change(level);
  await level.close();
}

interface OtherService {
  readonly child: ChildProcess;
  /** How many runs it has told to be kept. */
  kept: number;
  /** What else it printed. */
  readonly lines: string[];
}

/** Another service that learns one run after the other, when it has kept so many. */
async function otherService(runs: number, launcher: readonly string[] = []): Promise<OtherService> {
  const [program, ...args] = [...launcher, process.execPath, fixture('keeps-history.mjs'), directory];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const service: OtherService = { child, kept: 0, lines: [] };
  const enough = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      if (/^\d+$/.test(line)) service.kept = Number(line);
      else service.lines.push(line);
      if (service.kept >= runs) resolve();
    });
  });
  await within(enough, `${runs} runs of another service`);
  return service;
}

async function killed(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

/** The entries on the disk. */
async function entries(): Promise<string[]> {
  let found: string[] = [];
  await edit(async (level) => {
    found = await level.keys().all();
  });
  return found;
}

describe('the embedded history', () => {
  it('knows nothing at first, and says nothing', async () => {
    expect(await known(open(), KEY)).toEqual([]);
    expect(log.take()).toEqual([]);
  });

  it('keeps runs under each key, in the order of their ends, over a restart', async () => {
    const now = Date.now();
    const runs = [3, 1, 2].map((number) => taskRun(`run-${number}`, { endedAt: now + number, durationMs: number }));
    const store = open();
    await Promise.all(runs.map((run) => store.append([KEY, SIMILAR], run)));
    const expected = [runs[1], runs[2], runs[0]];

    expect(await known(store, KEY)).toEqual(expected);
    await close(store);
    const next = open();
    for (const key of [KEY, SIMILAR]) expect(await known(next, key)).toEqual(expected);
    expect(log.take()).toEqual([]);
  });

  it('changes nothing for a run that is there, whatever it says this time, also after a restart', async () => {
    const store = open();
    const run = taskRun('once');
    await Promise.all(Array.from({ length: 20 }, () => store.append([KEY, KEY], run)));
    await close(store);
    const next = open();
    await next.append([KEY], { ...run, durationMs: 9, endedAt: run.endedAt + 5 });

    expect(await known(next, KEY)).toEqual([run]);
    await close(next);
    expect(await entries()).toHaveLength(1);
  });

  it('keeps the last hundred of a task, on disk too', async () => {
    const now = Date.now();
    const store = open();
    await Promise.all(
      Array.from({ length: 130 }, (_, number) =>
        store.append([KEY], taskRun(`run-${number}`, { endedAt: now + number })),
      ),
    );
    await close(store);
    expect(await entries()).toHaveLength(100);
    const runs = await known(open(), KEY);

    expect(runs.map(({ executionId }) => executionId)).toEqual(
      Array.from({ length: 100 }, (_, index) => `run-${index + 30}`),
    );
  });

  it('forgets a task a while after its last run, and not before', async () => {
    const now = Date.now();
    const store = open();
    await store.append([KEY], taskRun('old', { endedAt: now - 8 * DAY_MS }));
    await store.append([SIMILAR], taskRun('new', { endedAt: now - 6 * DAY_MS }));
    await store.append([SIMILAR], taskRun('old', { endedAt: now - 8 * DAY_MS }));

    expect(await known(store, KEY)).toEqual([]);
    expect(await known(store, SIMILAR)).toHaveLength(2);
    await close(store);
    await reopen();
    expect((await entries()).map((entry) => entry.split('!')[0])).toEqual([SIMILAR, SIMILAR]);
  });

  it('keeps the tasks used last, where there are too many', async () => {
    const store = open();
    await store.append([KEY], taskRun('a'));
    await close(store);
    await edit(async (level) => {
      const [[, value] = ['', '']] = await level.iterator().all();
      const name = (task: number): string => `task-${task}:x:low:y!${String(Date.now() - task).padStart(16, '0')}!a`;
      await level.batch(Array.from({ length: 5000 }, (_, task) => ({ type: 'put', key: name(task), value })));
    });
    await reopen();
    const left = await entries();

    expect(left).toHaveLength(4000);
    expect(left.some((entry) => entry.startsWith('task-0:'))).toBe(true);
    expect(left.some((entry) => entry.startsWith('task-4999:'))).toBe(false);
  });

  it('is for this user alone', async () => {
    await reopen();

    expect(statSync(history).mode & 0o777).toBe(0o700);
  });
});

describe('a service that is killed', () => {
  it('has kept every run it had told of', async () => {
    const other = await otherService(60);
    await killed(other.child);
    const runs = await known(open(), KEY);

    expect(runs.length).toBeGreaterThanOrEqual(Math.min(other.kept, 100));
    expect(runs.some(({ executionId }) => executionId === `run-${other.kept}`)).toBe(true);
    expect(log.take()).toEqual([]);
  });
});

describe('a second service on the same directory', () => {
  it('says so in one line, learns in memory, and keeps what it learned when the first has ended', async () => {
    const { child } = await otherService(3);
    const store = open();
    const run = taskRun('mine', { endedAt: Date.now() + 3_600_000 });
    await store.append([SIMILAR, 'only:mine:low:shell'], run);

    expect(log.take()).toEqual([
      `The history in ${history} is in use by another service (pid ${child.pid}): this one learns in memory only`,
    ]);
    expect(await known(store, 'only:mine:low:shell')).toEqual([run]);
    expect(await known(store, KEY)).toEqual([]);
    child.kill('SIGKILL');
    const lines = await eventually(
      () => log.lines,
      (told) => told.length > 0,
    );
    expect(lines).toEqual([`The history in ${history} is kept again`]);
    const similar = await known(store, SIMILAR);
    expect(similar.length).toBeGreaterThan(1);
    expect(similar.at(-1)).toEqual(run);
    await close(store);
    expect(await known(open(), 'only:mine:low:shell')).toEqual([run]);
  });
});

describe('a disk that takes no more', () => {
  it('is told of in one line, and the service learns in memory', async () => {
    // A write beyond the limit fails as on a full disk, where the signal that comes with it is ignored.
    const script = 'trap "" XFSZ; ulimit -f 8; exec "$@"';
    const { child, lines } = await otherService(500, ['bash', '-c', script, 'limited']);
    await killed(child);

    expect(lines).toEqual([
      expect.stringMatching(/cannot be kept \(File too large\): this service learns in memory only/),
    ]);
    expect((await known(open(), KEY)).length).toBeGreaterThan(0);
  });
});

describe('a history that is damaged', () => {
  async function prepared(): Promise<void> {
    const store = open();
    await Promise.all(Array.from({ length: 50 }, (_, number) => store.append([KEY], taskRun(`run-${number}`))));
    await close(store);
    // Opened once more, the runs go from the log into a table.
    await reopen();
  }

  function file(pattern: RegExp): string {
    return join(history, readdirSync(history).find((name) => pattern.test(name)) ?? 'none');
  }

  it.each<[string, () => void]>([
    [
      'without CURRENT',
      () => {
        rmSync(join(history, 'CURRENT'));
      },
    ],
    [
      'with a CURRENT that leads nowhere',
      () => {
        writeFileSync(join(history, 'CURRENT'), 'MANIFEST-000999\n');
      },
    ],
    [
      'with a CURRENT of garbage',
      () => {
        writeFileSync(join(history, 'CURRENT'), 'garbage');
      },
    ],
    [
      'with a manifest of garbage',
      () => {
        writeFileSync(file(/^MANIFEST/), Buffer.alloc(4096, 0xa5));
      },
    ],
    [
      'with a manifest that is empty',
      () => {
        truncateSync(file(/^MANIFEST/));
      },
    ],
    [
      'with a table cut off',
      () => {
        truncateSync(file(/\.ldb$/), 20);
      },
    ],
    [
      'with a table of garbage',
      () => {
        writeFileSync(file(/\.ldb$/), Buffer.alloc(4096, 0xa5));
      },
    ],
    [
      'without its table',
      () => {
        rmSync(file(/\.ldb$/));
      },
    ],
    [
      'that is a file',
      () => {
        rmSync(history, { recursive: true });
        writeFileSync(history, 'not a directory');
      },
    ],
  ])('%s is told of in one line at most, and learns again', async (_, damage) => {
    await prepared();
    damage();
    const store = open();
    const before = await known(store, KEY);
    await store.append([KEY], taskRun('after'));

    expect(before.length === 0 || before.length === 50).toBe(true);
    expect(log.lines.filter((line) => !line.includes('was damaged') && !line.includes('cannot be kept'))).toEqual([]);
    expect(log.take().length).toBeLessThanOrEqual(1);
    expect((await known(store, KEY)).at(-1)).toMatchObject({ executionId: 'after' });
  });

  it('is put aside where it cannot be repaired', async () => {
    writeFileSync(history, 'not a directory');
    const store = open();
    await store.append([KEY], taskRun('after'));

    expect(log.take()).toEqual([
      `The history in ${history} was damaged beyond repair: it is ${history}.damaged now, and a new one begins`,
    ]);
    expect(readFileSync(`${history}.damaged`, 'utf8')).toBe('not a directory');
    expect(existsSync(join(history, 'CURRENT'))).toBe(true);
  });

  it('holds runs alone for those who ask', async () => {
    await prepared();
    const good = String(Date.now()).padStart(16, '0');
    await edit(async (level) => {
      const [text = ''] = await level.values({ limit: 1 }).all();
      const garbage: [string, string][] = [
        [`${KEY}!`, text],
        [`${KEY}!${good}!no-json`, 'garbage'],
        [`${KEY}!${good}!huge`, 'x'.repeat(10_000_000)],
        [`${KEY}!${good}!numbers`, text.replace('1234.5', '1e999')],
        [`${KEY}!${good}!negative`, text.replace('1234.5', '-1')],
        [`${KEY}!9999999999999999!future`, text],
        [`${KEY}!x!y`, text],
        ['neither', 'x'],
        ['\u{10ffff}', 'x'],
      ];
      await level.batch(garbage.map(([key, value]) => ({ type: 'put', key, value })));
    });
    const store = open();
    const runs = await known(store, KEY);

    expect(runs).toHaveLength(50);
    expect(runs.every(({ durationMs }) => durationMs === 1234.5)).toBe(true);
    await close(store);
    expect((await entries()).filter((entry) => !entry.startsWith(`${KEY}!${good.slice(0, 6)}`))).toEqual([]);
  });
});
