import { describe, expect, it } from '@jest/globals';
import { withRun } from '../../../../src/timeout/history/with-run.js';
import { taskRun } from '../../../support/task-run.js';

const hundred = Array.from({ length: 100 }, (_, index) => taskRun(`run-${index}`, { endedAt: 1000 + index }));

describe('the runs of a task', () => {
  it('stand in the order of their ends', () => {
    const [first, second, third] = [1, 2, 3].map((endedAt) => taskRun(`${endedAt}`, { endedAt }));

    expect([second!, third!, first!].reduce(withRun, [])).toEqual([first, second, third]);
  });

  it('are the last hundred', () => {
    const run = taskRun('new', { endedAt: 5000 });

    expect(withRun(hundred, run)).toEqual([...hundred.slice(1), run]);
  });

  it.each([
    ['is one of them', taskRun('run-7', { endedAt: 9000 })],
    ['ended before them all', taskRun('old', { endedAt: 1 })],
  ])('stay the same where the new one %s', (_, run) => {
    expect(withRun(hundred, run)).toBe(hundred);
  });
});
