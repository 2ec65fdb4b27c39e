import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EndedExecution } from '../../../src/session/ended-execution.js';
import { EndedExecutions } from '../../../src/session/ended-executions.js';
import type { KnownExecution } from '../../../src/session/known-execution.js';

const TTL_MS = 300_000;

let now: number;
let forgotten: string[];
let ended: EndedExecutions;

beforeEach(() => {
  now = 1000;
  forgotten = [];
  ended = new EndedExecutions(
    TTL_MS,
    ({ id }) => forgotten.push(id),
    () => now,
  );
});

function add(id: string, sessionId = 's', isAwaited = false, command = 'true'): { isAwaited: boolean } {
  const execution = { id, sessionId, isAwaited };
  const account = { request: { program: { command }, labels: {} } };
  ended.add(execution as KnownExecution, account as unknown as EndedExecution);
  return execution;
}

describe('ended executions', () => {
  it('are kept for their time', () => {
    add('a');
    now += TTL_MS - 1;
    add('b');
    ended.forget();
    expect(forgotten).toEqual([]);

    now += 1;
    ended.forget();
    expect(forgotten).toEqual(['a']);
  });

  it('are the last hundred of a session', () => {
    for (let index = 0; index < 150; index++) add(String(index));
    for (let index = 0; index < 100; index++) add(`o${index}`, 'other');

    expect(forgotten).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
  });

  it('are the last 10 000 of all', () => {
    for (let index = 0; index < 10_100; index++) add(String(index), String(index));

    expect(forgotten).toHaveLength(100);
    expect(forgotten[99]).toBe('99');
  });

  it('are not many where their commands are long', () => {
    for (let index = 0; index < 90; index++) add(String(index), String(index), false, 'x'.repeat(1_000_000));

    expect(forgotten.length).toBeGreaterThan(20);
    expect(forgotten.length).toBeLessThan(40);
  });

  it('stay beyond that as long as their clients may come for them', () => {
    const execution = add('a', 's', true);
    for (let index = 0; index < 150; index++) add(String(index));
    now += 2 * TTL_MS;
    ended.forget();
    expect(forgotten).toHaveLength(150);
    expect(forgotten).not.toContain('a');

    execution.isAwaited = false;
    ended.forget();
    expect(forgotten).toContain('a');
  });
});
