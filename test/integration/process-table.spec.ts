import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ProcessSweep } from '../../src/process/launcher/process-sweep.js';
import { lastPid, listProcesses, readProcess, readVariable } from '../../src/process/launcher/process-table.js';
import { eventually } from '../e2e/support/eventually.js';

let directory: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'integration-'));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** The pid of a process that stays. */
function start(env: Record<string, string> = {}, program = '/bin/sleep', detached = false): number {
  const child = spawn(program, ['1000'], { stdio: 'ignore', env, detached });
  child.once('error', () => undefined);
  children.push(child);
  return child.pid ?? -1;
}

describe('a row of the process table', () => {
  it('is that of the process', () => {
    const pid = start({}, '/bin/sleep', true);

    expect(readProcess(pid)).toMatchObject({ pid, alive: true, parent: process.pid, group: pid, session: pid });
  });

  it.each([') Z 1 2 3', 'a b', '((', 'x\ny', '0123456789abcde'])('is read right where the name is %j', (name) => {
    const program = join(directory, name);
    copyFileSync('/bin/sleep', program);
    const pid = start({}, program);

    expect(readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd()).toBe(name.slice(0, 15));
    expect(readProcess(pid)).toMatchObject({ pid, alive: true, parent: process.pid });
  });

  it('tells one process from a later one by its start', () => {
    const [first, second] = [readProcess(process.pid), readProcess(start())];

    expect(first!.startTime).toBeGreaterThan(0);
    expect(second!.startTime).toBeGreaterThan(first!.startTime);
  });

  it('of a zombie says that it is not alive', async () => {
    const shell = spawn('bash', ['-c', 'sleep 0.2 & echo $!; exec sleep 1000'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(shell);
    const zombie = await new Promise<number>((resolve) => {
      shell.stdout.once('data', (text: Buffer) => {
        resolve(Number(text.toString()));
      });
    });

    const row = await eventually(
      () => readProcess(zombie),
      (found) => found?.alive === false,
    );
    expect(row?.parent).toBe(shell.pid);
  });

  it('is none where there is no such process', () => {
    expect(readProcess(4_194_305)).toBeNull();
  });
});

describe('a variable of a process', () => {
  it.each<[string, Record<string, string>, string | null | undefined]>([
    ['alone', { NAME: 'value' }, 'value'],
    ['first', { NAME: 'value', B: 'b' }, 'value'],
    ['last', { A: 'a', NAME: 'value' }, 'value'],
    ['in the middle', { A: 'a', NAME: 'value', B: 'b' }, 'value'],
    ['empty', { A: 'a', NAME: '' }, ''],
    ['with an equals sign', { NAME: 'a=b' }, 'a=b'],
    ['absent', { A: 'a' }, null],
    ['only as the end of another name', { MY_NAME: 'x' }, null],
    ['only as the begin of another name', { NAMES: 'x', A: 'a' }, null],
    ['only within a value', { A: 'NAME=x', B: '\nNAME=y' }, null],
    ['of an empty environment', {}, undefined],
  ])('is read right where it is %s', async (_, env, value) => {
    const pid = start(env);
    // Within the execve the environment is empty for a moment.
    const read = await eventually(
      () => readVariable(pid, 'NAME'),
      (found) => found !== undefined || value === undefined,
    );

    expect(read).toBe(value);
  });

  it('cannot be told where there is no such process any more', () => {
    expect(readVariable(4_194_305, 'NAME')).toBeUndefined();
  });
});

describe('the list of processes', () => {
  it('has every process, and nothing else', () => {
    const pid = start();

    expect(listProcesses()).toEqual(expect.arrayContaining([1, process.pid, pid]));
    expect(listProcesses().every((each) => Number.isInteger(each) && each > 0)).toBe(true);
  });

  it('knows the pid that was given out last', async () => {
    // The pids may wrap around in between, but not each time.
    const [pid, last] = await eventually(
      () => [start(), lastPid()] as const,
      ([given, told]) => told !== null && told >= given,
    );

    expect(last).toBeLessThan(pid + 10_000);
  });

  it('is swept with all that is alive', () => {
    const pid = start();
    const sweep = new ProcessSweep();

    expect(sweep.row(pid)).toMatchObject({ pid, alive: true });
    expect(sweep.row(process.pid)).toMatchObject({ pid: process.pid });
    expect([...sweep.rows].every(({ alive }) => alive)).toBe(true);
  });
});
