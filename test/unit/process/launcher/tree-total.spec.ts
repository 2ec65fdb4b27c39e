import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ProcessCount, TreeTotal } from '../../../../src/process/launcher/tree-total.js';

const ROOT = 10;

/** A process by pid, parent, total and the part of it taken over. */
function count(pid: number, parent: number, total: number, waited = 0, startTime = 0): ProcessCount {
  return { pid, startTime, parent, total, waited };
}

/** The value after each look. */
function values(...looks: readonly (readonly ProcessCount[])[]): number[] {
  const tree = new TreeTotal(ROOT);
  return looks.map((look) => {
    tree.update(look);
    return tree.value;
  });
}

describe('the total of a tree', () => {
  it.each<[string, readonly (readonly ProcessCount[])[], readonly number[]]>([
    ['is the sum over its processes', [[count(10, 1, 5), count(11, 10, 7)]], [12]],
    ['grows with them', [[count(10, 1, 5)], [count(10, 1, 9), count(11, 10, 1)]], [5, 10]],
    [
      'has what a parent took over, once',
      [[count(10, 1, 5), count(11, 10, 7)], [count(10, 1, 14, 8)], [count(10, 1, 14, 8)]],
      [12, 14, 14],
    ],
    [
      'has what nobody took over',
      [[count(10, 1, 5), count(11, 1, 7)], [count(10, 1, 5)], [count(10, 1, 6)]],
      [12, 12, 13],
    ],
    [
      'has what nobody took over beside what others use meanwhile',
      [[count(10, 1, 5), count(11, 1, 7)], [count(10, 1, 25)]],
      [12, 32],
    ],
    [
      'has once what a parent takes over after it was looked at',
      [[count(10, 1, 5), count(11, 10, 7)], [count(10, 1, 5)], [count(10, 1, 12, 7)], [count(10, 1, 12, 7)]],
      [12, 12, 12, 12],
    ],
    [
      'has what a parent that lives does not take over, for good',
      [[count(10, 1, 5), count(11, 10, 7)], [count(10, 1, 5)], [count(10, 1, 5)], [count(10, 1, 15, 10)]],
      [12, 12, 12, 22],
    ],
    [
      'has once what came up through a parent that ended too',
      [[count(10, 1, 5), count(11, 10, 7), count(12, 11, 20)], [count(10, 1, 33, 28)]],
      [32, 33],
    ],
    [
      'does not take a process for another of the same pid',
      [
        [count(10, 1, 5), count(11, 1, 7, 0, 1)],
        [count(10, 1, 5), count(11, 1, 2, 0, 9)],
      ],
      [12, 14],
    ],
    [
      'does not fall where a number cannot be read for once',
      [[count(10, 1, 5, 3)], [count(10, 1, 0)], [count(10, 1, 6, 3)]],
      [5, 5, 6],
    ],
    ['ends with parents that go round', [[count(11, 12, 1), count(12, 11, 2)], []], [3, 3]],
  ])('%s', (_, looks, expected) => {
    expect(values(...looks)).toEqual(expected);
  });

  it.each([
    ['what was taken over from the root, where that is more than was seen', 40, 40 + 100],
    ['what was seen below the root, where that is more', 3, 12 + 100],
  ])('after the root’s end has %s', (_, ofRoot, expected) => {
    const tree = new TreeTotal(ROOT);
    const orphan = count(12, 1, 100);
    tree.update([count(10, 1, 5), count(11, 10, 7), orphan]);

    expect(tree.ofRoot).toBe(12);
    tree.update([orphan], ofRoot);
    expect(tree.value).toBe(expected);
    tree.update([]);
    expect(tree.value).toBe(expected);
  });

  it('of a tree that was never looked at is what was taken over from the root', () => {
    const tree = new TreeTotal(ROOT);
    tree.update([], 25);

    expect(tree.value).toBe(25);
  });

  it('never falls, whatever is seen', () => {
    const row = fc.record({
      pid: fc.integer({ min: 9, max: 16 }),
      startTime: fc.nat(2),
      parent: fc.integer({ min: 8, max: 16 }),
      total: fc.nat(1000),
      waited: fc.nat(1000),
    });
    const look = fc.uniqueArray(row, { selector: ({ pid }) => pid, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(look, { maxLength: 12 }), (looks) => {
        // What was taken over is a part of the whole.
        const whole = looks.map((rows) => rows.map((each) => ({ ...each, total: each.total + each.waited })));
        const seen = values(...whole);

        for (const [index, value] of seen.entries()) expect(value).toBeGreaterThanOrEqual(seen[index - 1] ?? 0);
      }),
      { numRuns: 500 },
    );
  });

  it('is never more than the tree has used, nor less than is seen of it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const model = new Model();
        const tree = new TreeTotal(ROOT);
        for (const each of steps) {
          model.take(each);
          if (each.act !== 'look') continue;
          const counts = model.counts();
          tree.update(counts);
          expect(tree.value).toBeLessThanOrEqual(model.used);
          expect(tree.value).toBeGreaterThanOrEqual(counts.reduce((sum, { total }) => sum + total, 0));
        }
      }),
      { numRuns: 500 },
    );
  });
});

const step = fc.record({
  act: fc.constantFrom('use', 'fork', 'wait', 'ignore', 'look'),
  which: fc.nat(50),
  amount: fc.nat(20),
});

/** A tree of processes as the kernel keeps it, its root living on. */
class Model {
  /** By all. */
  used = 0;
  private readonly processes = [{ pid: ROOT, parent: 1, own: 0, waited: 0 }];
  private pid = ROOT;

  take({ act, which, amount }: { act: string; which: number; amount: number }): void {
    const one = this.processes[which % this.processes.length]!;
    if (act === 'use') {
      one.own += amount;
      this.used += amount;
    }
    if (act === 'fork') this.processes.push({ pid: ++this.pid, parent: one.pid, own: 0, waited: 0 });
    if ((act === 'wait' || act === 'ignore') && one.pid !== ROOT) {
      const parent = this.processes.find(({ pid }) => pid === one.parent);
      if (act === 'wait' && parent !== undefined) parent.waited += one.own + one.waited;
      for (const other of this.processes) if (other.parent === one.pid) other.parent = 1;
      this.processes.splice(this.processes.indexOf(one), 1);
    }
  }

  counts(): ProcessCount[] {
    return this.processes.map(({ pid, parent, own, waited }) => count(pid, parent, own + waited, waited));
  }
}
