import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Execution } from '../../../src/process/execution.js';
import type { ExecutionOutcome } from '../../../src/process/execution-outcome.js';
import { EndedExecutions } from '../../../src/session/ended-executions.js';

const OUTCOME = { status: 'completed' } as ExecutionOutcome;

function execution(id: string): Execution {
  const request = { program: { command: 'true' }, labels: { a: 'b' }, stdin: Buffer.alloc(10) };
  return { id, pid: 7, request, timeoutMs: 5, startedAt: 9, log: 'heavy' } as unknown as Execution;
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('ended executions', () => {
  it('are found by their id, with their account', () => {
    const ended = new EndedExecutions();
    ended.add(execution('a'), OUTCOME);

    expect(ended.find('a')).toMatchObject({
      id: 'a',
      pid: 7,
      timeoutMs: 5,
      startedAt: 9,
      outcome: OUTCOME,
    });
    expect(ended.find('a')).toMatchObject({ request: { program: { command: 'true' }, labels: { a: 'b' } } });
    expect(ended.find('b')).toBeNull();
  });

  it('are kept without what running them took', () => {
    const ended = new EndedExecutions();
    ended.add(execution('a'), OUTCOME);

    expect(ended.find('a')).not.toHaveProperty('log');
  });

  it('are kept without what they were fed', () => {
    const ended = new EndedExecutions();
    ended.add(execution('a'), OUTCOME);

    expect(Buffer.isBuffer(ended.find('a')?.request.stdin)).toBe(false);
  });

  it('are kept for five minutes', () => {
    const ended = new EndedExecutions();
    ended.add(execution('a'), OUTCOME);
    jest.advanceTimersByTime(299_000);
    expect(ended.find('a')).not.toBeNull();

    jest.advanceTimersByTime(2000);
    expect(ended.find('a')).toBeNull();
  });

  it('are the last hundred', () => {
    const ended = new EndedExecutions();
    for (let index = 0; index < 150; index++) ended.add(execution(String(index)), OUTCOME);

    const kept = Array.from({ length: 150 }, (_, index) => ended.find(String(index)) !== null);
    expect(kept).toEqual(Array.from({ length: 150 }, (_, index) => index >= 50));
  });
});
