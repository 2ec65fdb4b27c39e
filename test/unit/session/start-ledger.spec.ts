import { beforeEach, describe, expect, it } from '@jest/globals';
import type { KnownExecution } from '../../../src/session/known-execution.js';
import { SessionError } from '../../../src/session/session-error.js';
import { StartLedger } from '../../../src/session/start-ledger.js';

const KEY = { key: 'k', digest: 'd' };

/** What a ledger sees of an execution. */
class FakeExecution {
  forget: () => void = () => undefined;

  constructor(readonly id: string) {}

  onForgotten(forget: () => void): void {
    this.forget = forget;
  }
}

let ledger: StartLedger;
let begun: number;

beforeEach(() => {
  ledger = new StartLedger();
  begun = 0;
});

function begin(id: string, failure?: Error): () => Promise<KnownExecution> {
  return async () => {
    begun++;
    await new Promise((resolve) => setImmediate(resolve));
    if (failure !== undefined) throw failure;
    return new FakeExecution(id) as unknown as KnownExecution;
  };
}

async function once(id: string, key = KEY, group: string | null = null): Promise<string> {
  const { execution, isDuplicate } = await ledger.once(group, key, begin(id));
  return `${execution.id}${isDuplicate ? ' again' : ''}`;
}

describe('a key', () => {
  it('starts one execution, whoever comes with it, also while it starts', async () => {
    expect(await Promise.all([once('1'), once('2'), once('3')])).toEqual(['1', '1 again', '1 again']);
    expect(await once('4')).toBe('1 again');
    expect(begun).toBe(1);
  });

  it('is refused with another request, with the execution it is for', async () => {
    const first = once('1');
    const other = once('2', { key: 'k', digest: 'other' });

    await expect(other).rejects.toEqual(new SessionError({ kind: 'idempotency-conflict', executionId: '1' }));
    expect(await first).toBe('1');
  });

  it('is of one group of clients', async () => {
    expect(await Promise.all([once('1', KEY, 'a'), once('2', KEY, 'b'), once('3', KEY, null)])).toEqual([
      '1',
      '2',
      '3',
    ]);
    expect(await once('4', { key: 'a k', digest: 'd' }, null)).toBe('4');
  });

  it('is not taken by a start that fails: the next one starts', async () => {
    const failed = ledger.once(null, KEY, begin('1', new Error('no')));
    const next = [once('2'), once('3', { key: 'k', digest: 'other' })];

    await expect(failed).rejects.toThrow('no');
    expect(await next[0]).toBe('2');
    await expect(next[1]).rejects.toMatchObject({ fault: { kind: 'idempotency-conflict', executionId: '2' } });
    expect(begun).toBe(2);
  });

  it('is free when its execution is forgotten', async () => {
    const { execution } = await ledger.once(null, KEY, begin('1'));
    (execution as unknown as FakeExecution).forget();

    expect(await once('2', { key: 'k', digest: 'other' })).toBe('2');
  });
});
