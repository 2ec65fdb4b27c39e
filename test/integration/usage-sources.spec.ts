import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { findDescendants, type Leader } from '../../src/process/launcher/descendants.js';
import { membersOfTrees } from '../../src/process/launcher/members-of-trees.js';
import { EXECUTION_VARIABLE } from '../../src/process/launcher/order.js';
import { ProcessSweep } from '../../src/process/launcher/process-sweep.js';
import { ownRow, readIoBytes, readProcess } from '../../src/process/launcher/process-table.js';
import { readSystemUnits } from '../../src/process/launcher/system-units.js';
import { eventually } from '../e2e/support/eventually.js';
import { mark, marked } from '../e2e/support/proc.js';

const children: ChildProcess[] = [];
const marks: string[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const id of marks.splice(0)) for (const { pid } of marked(id)) process.kill(pid, 'SIGKILL');
});

/** A leader of a tree, as the launcher starts one. */
function start(script: string): { readonly leader: Leader; readonly markId: string } {
  const id = randomUUID();
  const { id: markId, env } = mark();
  const child = spawn('bash', ['-c', script], {
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, [EXECUTION_VARIABLE]: id, ...env },
  });
  children.push(child);
  marks.push(markId);
  const pid = child.pid ?? -1;
  const startTime = readProcess(pid)?.startTime ?? 0;
  return {
    markId,
    leader: { id, pid, startTime, pidsBefore: pid, startedAtMs: performance.now(), isSessionOver: false },
  };
}

function pids(rows: readonly { readonly pid: number }[]): number[] {
  return rows.map(({ pid }) => pid).sort((a, b) => a - b);
}

describe('the units of the system', () => {
  it.each([
    ['ticksPerSecond', 'CLK_TCK'],
    ['pageBytes', 'PAGESIZE'],
  ] as const)('have %s as getconf tells it', (name, variable) => {
    expect(readSystemUnits()[name]).toBe(Number(spawnSync('getconf', [variable]).stdout.toString()));
  });
});

describe('the row of a process', () => {
  it('has its memory and its own CPU time', () => {
    const { user, system } = process.cpuUsage();
    const row = readProcess(process.pid)!;
    const { ticksPerSecond, pageBytes } = readSystemUnits();
    const ownSeconds = (user + system) / 1e6;

    expect(row.cpuTicks / ticksPerSecond).toBeGreaterThan(ownSeconds - 0.1);
    expect(row.cpuTicks / ticksPerSecond).toBeLessThan(ownSeconds + 1);
    expect(row.rssPages * pageBytes).toBeGreaterThan(process.memoryUsage.rss() * 0.7);
    expect(row.rssPages * pageBytes).toBeLessThan(process.memoryUsage.rss() * 1.4);
  });

  it('has the CPU time of children that were waited for, and is read afresh each time', () => {
    const read = ownRow();
    const before = read();
    spawnSync('bash', ['-c', 'for ((i = 0; i < 100000; i++)); do :; done']);
    const after = read();

    expect(before).toMatchObject({ pid: process.pid, startTime: after.startTime });
    expect(after.waitedCpuTicks).toBeGreaterThan(before.waitedCpuTicks);
    expect(after.waitedCpuTicks).toBe(readProcess(process.pid)!.waitedCpuTicks);
  });
});

describe('the I/O of a process', () => {
  it('has that of children it has waited for', async () => {
    const { leader } = start('dd if=/dev/zero of=/dev/null bs=1M count=50; exec sleep 1000');

    const bytes = await eventually(
      () => readIoBytes(leader.pid),
      (found) => found > 1e8,
    );
    expect(bytes).toBeLessThan(1.2e8);
  });

  it('is 0 where there is no such process', () => {
    expect(readIoBytes(4_194_305)).toBe(0);
  });
});

describe('the members of many trees', () => {
  it('are the descendants of each', async () => {
    const programs = [
      'exec sleep 1000',
      'sleep 1000 & sleep 1000 & wait',
      'setsid sleep 1000 & exec sleep 1000',
      '(setsid bash -c "sleep 1000 & wait" &); exec sleep 1000',
      'env -i sleep 1000 & exec sleep 1000',
      'setsid bash -c "env -i setsid sleep 1000 & wait" & exec sleep 1000',
      'set -m; sleep 1000 & sleep 1000 | sleep 1000 & wait',
    ];
    const counts = [1, 3, 2, 3, 2, 3, 4];
    const roots = programs.map(start);
    const leaders = roots.map(({ leader }) => leader);
    const [one, each] = await eventually(
      () => {
        const sweep = new ProcessSweep();
        const members = membersOfTrees(leaders, sweep);
        return [
          leaders.map(({ id }) => pids(members.get(id) ?? [])),
          leaders.map((leader) => pids(findDescendants(leader, sweep).rows)),
        ] as const;
      },
      (found) => found.every((trees) => trees.every(({ length }, index) => length === counts[index])),
    );
    for (const pid of one.flat()) process.kill(pid, 'SIGKILL');

    expect(one).toEqual(each);
  });

  it('are those of the session’s leader, whatever mark they carry', async () => {
    const mine = start('exec sleep 1000');
    const other = start(`${EXECUTION_VARIABLE}=${mine.leader.id} sleep 1000 & wait`);
    const leaders = [mine.leader, other.leader];
    const members = await eventually(
      () => membersOfTrees(leaders, new ProcessSweep()),
      (found) => found.get(other.leader.id)?.length === 2,
    );

    expect(pids(members.get(mine.leader.id) ?? [])).toEqual([mine.leader.pid]);
  });

  it('are none of a leader whose pid was used again', async () => {
    const { leader, markId } = start('exec sleep 1000');
    await eventually(
      () => marked(markId).length,
      (count) => count === 1,
    );
    const earlier = { ...leader, id: randomUUID(), startTime: leader.startTime - 1 };

    expect(membersOfTrees([earlier], new ProcessSweep()).get(earlier.id)).toEqual([]);
  });
});
