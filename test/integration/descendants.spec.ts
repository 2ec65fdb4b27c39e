import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findDescendants, isCertainlyClear, type Leader } from '../../src/process/launcher/descendants.js';
import { EXECUTION_VARIABLE } from '../../src/process/launcher/order.js';
import { ProcessSweep } from '../../src/process/launcher/process-sweep.js';
import { readProcess } from '../../src/process/launcher/process-table.js';
import { eventually } from '../e2e/support/eventually.js';
import { descendants, mark, marked } from '../e2e/support/proc.js';

/** A leader of a tree, as the launcher starts one, and a mark of the test by which its tree is found. */
interface Root {
  readonly child: ChildProcess;
  readonly leader: Leader;
  readonly markId: string;
  /** What `isCertainlyClear` said at the very moment of the leader's end. */
  readonly clearAtEnd: Promise<boolean>;
}

/** How a process of a random tree is started, and what it starts itself. */
interface Branch {
  readonly how: 'child' | 'subshell' | 'setsid' | 'quick';
  readonly stays: boolean;
  readonly branches: readonly Branch[];
}

const roots: Root[] = [];

afterEach(() => {
  for (const { markId, leader } of roots.splice(0)) {
    try {
      process.kill(-leader.pid, 'SIGKILL');
    } catch {
      // Nothing of its group is left.
    }
    for (const { pid } of marked(markId)) process.kill(pid, 'SIGKILL');
  }
});

function start(argv: readonly [string, ...string[]]): Root {
  const id = randomUUID();
  const { id: markId, env } = mark();
  const [file, ...args] = argv;
  const child = spawn(file, args, {
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, [EXECUTION_VARIABLE]: id, ...env },
  });
  const pid = child.pid ?? -1;
  const leader = {
    id,
    pid,
    startTime: readProcess(pid)?.startTime ?? 0,
    pidsBefore: pid,
    startedAtMs: performance.now(),
    isSessionOver: false,
  };
  const clearAtEnd = new Promise<boolean>((resolve) => {
    child.once('exit', () => {
      resolve(isCertainlyClear(leader, performance.now(), false));
    });
  });
  const root = { child, leader, markId, clearAtEnd };
  roots.push(root);
  return root;
}

function bash(script: string): Root {
  return start(['bash', '-c', script]);
}

/** The pids that a sweep finds, sorted. */
function found({ leader }: Root): number[] {
  return pids(findDescendants(leader, new ProcessSweep()).rows);
}

function pids(rows: readonly { readonly pid: number }[]): number[] {
  return rows.map(({ pid }) => pid).sort((a, b) => a - b);
}

/** The script of a shell that starts these branches. */
function script(branches: readonly Branch[]): string {
  return branches.map(branchScript).join(' ') || ':;';
}

function branchScript({ how, stays, branches }: Branch): string {
  if (how === 'quick') return 'true &';
  const inner = `${script(branches)} ${stays ? 'exec sleep 1000;' : ''}`;
  if (how === 'child') return `{ ${inner} } &`;
  if (how === 'subshell') return `( ( ${inner} ) & );`;
  return `setsid bash -c ${quote(inner)} &`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** How many processes of the branches stay. */
function staying(branches: readonly Branch[]): number {
  return branches.reduce(
    (sum, { how, stays, branches: more }) => sum + (how === 'quick' ? 0 : Number(stays) + staying(more)),
    0,
  );
}

const trees = fc.sample(fc.array(branch(2), { minLength: 1, maxLength: 3 }), { numRuns: 40, seed: 7 });

function branch(depth: number): fc.Arbitrary<Branch> {
  return fc.record({
    how: fc.constantFrom('child', 'subshell', 'setsid', 'quick'),
    stays: fc.boolean(),
    branches: depth === 0 ? fc.constant([]) : fc.array(branch(depth - 1), { maxLength: 2 }),
  });
}

describe('the descendants of a leader', () => {
  it('are exactly those that carry the mark, in random trees', async () => {
    const wrong: unknown[] = [];
    for (let at = 0; at < trees.length; at += 8) {
      await Promise.all(
        trees.slice(at, at + 8).map(async (branches) => {
          const root = bash(`${script(branches)} exec sleep 1000`);
          await eventually(
            () => [found(root), pids(marked(root.markId))] as const,
            ([swept, real]) => real.length === staying(branches) + 1 && JSON.stringify(swept) === JSON.stringify(real),
          ).catch((error: unknown) => wrong.push([script(branches), error]));
        }),
      );
    }

    expect(wrong).toEqual([]);
  });

  it('are found also where they have cleared their environment, within the session', async () => {
    const root = bash('env -i sleep 1000 & exec sleep 1000');
    const real = await eventually(
      () => [root.leader.pid, ...pids(descendants(root.leader.pid))],
      (all) => all.length === 2 && found(root).length === 2,
    );

    expect(found(root)).toEqual(real);
  });

  it('are found also where they are the children of one that left', async () => {
    const root = bash('setsid bash -c "env -i setsid sleep 1000 & exec sleep 1000" & exec sleep 1000');
    const real = await eventually(
      () => [root.leader.pid, ...pids(descendants(root.leader.pid))],
      (all) => all.length === 3 && found(root).length === 3,
    );
    try {
      expect(found(root)).toEqual(real);
    } finally {
      for (const pid of real) process.kill(pid, 'SIGKILL');
    }
  });

  it('are none where the leader has ended alone', async () => {
    const root = bash('exit 0');
    await root.clearAtEnd;

    expect(found(root)).toEqual([]);
  });

  it('are none of another leader’s', async () => {
    const root = bash('sleep 1000 & exec sleep 1000');
    const other = bash('setsid sleep 1000 & exec sleep 1000');
    await eventually(
      () => [found(root).length, found(other).length],
      ([mine, theirs]) => mine === 2 && theirs === 2,
    );

    expect(found(root).filter((pid) => found(other).includes(pid))).toEqual([]);
  });

  it('are none of one whose pid was used again', async () => {
    const root = bash('sleep 1000 & exec sleep 1000');
    await eventually(
      () => found(root).length,
      (count) => count === 2,
    );
    const earlier = { ...root.leader, id: randomUUID(), startTime: root.leader.startTime - 1 };

    expect(findDescendants(earlier, new ProcessSweep()).rows).toEqual([]);
  });
});

describe('a tree that is certainly clear', () => {
  it('never has a living process, in random trees whose leader ends at once', async () => {
    const wrong: string[] = [];
    let clear = 0;
    for (let at = 0; at < trees.length; at += 4) {
      await Promise.all(
        trees.slice(at, at + 4).map(async (branches) => {
          const root = bash(script(branches));
          if (!(await root.clearAtEnd)) return;
          clear++;
          // What lived then may be in the middle of an execve now, when it shows no mark.
          await new Promise((resolve) => setTimeout(resolve, 30));
          if (marked(root.markId).length > 0) wrong.push(script(branches));
        }),
      );
    }

    expect(wrong).toEqual([]);
    expect(clear).toBeLessThan(trees.length);
  });

  it('never has a living process that has just left', async () => {
    const wrong: number[] = [];
    const programs = [
      'setsid sleep 1000 & exit 0',
      '(setsid sleep 1000 &); exit 0',
      '(setsid bash -c "sleep 1000 &" &)',
    ];
    for (let turn = 0; turn < 15; turn++) {
      await Promise.all(
        programs.map(async (program) => {
          const root = bash(program);
          if (await root.clearAtEnd) wrong.push(turn);
          for (const { pid } of marked(root.markId)) process.kill(pid, 'SIGKILL');
        }),
      );
    }

    expect(wrong).toEqual([]);
  });

  it('is told for a command that ends alone, nearly always', async () => {
    const said: boolean[] = [];
    for (let turn = 0; turn < 20; turn++) said.push(await start(['true']).clearAtEnd);

    expect(said.filter((clear) => clear).length).toBeGreaterThan(10);
  });
});
