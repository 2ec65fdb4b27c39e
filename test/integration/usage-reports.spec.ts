import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Report } from '../../src/process/launcher/order.js';
import type * as Launcher from '../../src/process/launcher-process.js';
import { eventually } from '../e2e/support/eventually.js';

const { LauncherProcess } = (await import(
  new URL('../../dist/process/launcher-process.js', import.meta.url).href
)) as typeof Launcher;

const SETTINGS = {
  user: null,
  isolation: 'none',
  cgroup: null,
  spawnMethod: 'posix_spawn',
  ready: { count: 0, cwd: '/' },
  detached: null,
} as const;

let directory: string;
let launcher: Launcher.LauncherProcess;
let reports: Report[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'integration-'));
  reports = [];
  launcher = new LauncherProcess(directory, { PATH: process.env.PATH ?? '' }, SETTINGS, (report) =>
    reports.push(report),
  );
});

afterEach(async () => {
  await launcher.end();
  rmSync(directory, { recursive: true, force: true });
});

/** The reports of a kind, when there is one more than `known`. */
async function next<K extends Report['report']>(kind: K, known = 0): Promise<Extract<Report, { report: K }>[]> {
  return eventually(
    () => reports.filter((report): report is Extract<Report, { report: K }> => report.report === kind),
    (found) => found.length > known,
  );
}

async function start(id: string, script: string): Promise<void> {
  launcher.order({ order: 'fifos', count: 2 });
  const made = await next('fifos', reports.filter(({ report }) => report === 'fifos').length);
  const [stdout, stderr] = made.at(-1)!.paths as [string, string];
  const [file, args] = ['bash', ['-c', script]];
  launcher.order({
    order: 'spawn',
    deadlineMs: Number.MAX_SAFE_INTEGER,
    id,
    file,
    args,
    cwd: '/',
    environment: {},
    stdin: null,
    stdout,
    stderr,
    keep: false,
    limits: null,
  });
}

describe('the reports of usage', () => {
  it('come before the answer to a question, and hold what has changed alone', async () => {
    await start('a', 'exec sleep 1000');
    await start('b', 'exec sleep 1000');
    await next('started', 1);
    launcher.order({ order: 'sample', number: 1 });
    await next('sampled');
    const rows = reports.flatMap((report) => (report.report === 'usage' ? report.rows : []));
    const kinds = reports.map(({ report }) => report);

    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(['a', 'b']));
    expect(kinds.lastIndexOf('sampled')).toBe(kinds.length - 1);
    expect(reports.at(-1)).toEqual({ report: 'sampled', number: 1 });
  });

  it('are none where nothing runs', async () => {
    await start('a', 'sleep 0.2');
    await next('exited');
    const [{ cpuSeconds, maxRssBytes }] = (await next('exited')) as [Extract<Report, { report: 'exited' }>];
    reports.length = 0;
    for (let number = 1; number <= 3; number++) launcher.order({ order: 'sample', number });
    await next('sampled', 2);

    expect(cpuSeconds).toBeGreaterThanOrEqual(0);
    expect(maxRssBytes).toBeGreaterThan(0);
    expect(reports.filter(({ report }) => report === 'usage')).toEqual([]);
  });

  it('are none of what is left on purpose', async () => {
    launcher.order({ order: 'fifos', count: 2 });
    const [{ paths }] = (await next('fifos')) as [Extract<Report, { report: 'fifos' }>];
    const [stdout, stderr] = paths as [string, string];
    const [file, args] = ['bash', ['-c', 'sleep 1000 & exit 0']];
    launcher.order({
      order: 'spawn',
      deadlineMs: Number.MAX_SAFE_INTEGER,
      id: 'a',
      file,
      args,
      cwd: '/',
      environment: {},
      stdin: null,
      stdout,
      stderr,
      keep: true,
      limits: null,
    });
    const [{ survivors }] = (await next('cleared')) as [Extract<Report, { report: 'cleared' }>];
    reports.length = 0;
    launcher.order({ order: 'sample', number: 1 });
    await next('sampled');

    expect(survivors).toHaveLength(1);
    expect(reports.filter(({ report }) => report === 'usage')).toEqual([]);
  });

  it('are lines of JSON whose numbers are numbers', async () => {
    await start('a', 'exec sleep 1000');
    await next('started');
    launcher.order({ order: 'sample', number: 1 });
    const [{ rows }] = (await next('usage')) as [Extract<Report, { report: 'usage' }>];

    expect(rows).toEqual([
      {
        id: 'a',
        cpuSeconds: expect.any(Number),
        cpuPercent: expect.any(Number),
        rssBytes: expect.any(Number),
        maxRssBytes: expect.any(Number),
        ioBytes: expect.any(Number),
      },
    ]);
  });
});
