import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ExecuteParams } from '../../../src/gateway/execute.params.js';
import { startKey } from '../../../src/gateway/request-digest.js';

function digest(params: object): string | undefined {
  return startKey({ ...params, idempotency_key: 'k' })?.digest;
}

describe('a request', () => {
  it('without a key has none', () => {
    expect(startKey({ command: 'true' })).toBeNull();
    expect(startKey({ command: 'true', idempotency_key: null } as unknown as ExecuteParams)).toBeNull();
  });

  it('is the same whatever its key', () => {
    const one = startKey({ command: 'true', idempotency_key: 'a' });
    const other = startKey({ command: 'true', idempotency_key: 'b' });

    expect(one).toMatchObject({ key: 'a' });
    expect(one?.digest).toBe(other?.digest);
  });

  it.each([
    [
      { command: 'a', cwd: '/' },
      { cwd: '/', command: 'a' },
    ],
    [
      { command: 'a', env: { A: '1', B: '2' } },
      { command: 'a', env: { B: '2', A: '1' } },
    ],
    [
      { command: 'a', cwd: null, output: { mode: null } },
      { command: 'a', output: {} },
    ],
  ])('%j is the same as %j', (one, other) => {
    expect(digest(one)).toBe(digest(other));
  });

  it.each([
    [{ command: 'a' }, { argv: ['a'] }],
    [{ argv: ['a', 'b'] }, { argv: ['b', 'a'] }],
    [{ argv: ['a,b'] }, { argv: ['a', 'b'] }],
    [{ command: 'a' }, { command: 'a', env: {} }],
    [
      { command: 'a', timeout: 1 },
      { command: 'a', timeout: '1' },
    ],
    [
      { command: 'a', env: { A: '1' } },
      { command: 'a', labels: { A: '1' } },
    ],
  ])('%j is another than %j', (one, other) => {
    expect(digest(one)).not.toBe(digest(other));
  });

  it('is another where anything in it is', () => {
    const text = fc.string({ maxLength: 5 });
    const params = fc.record({ command: text, env: fc.dictionary(text, text, { maxKeys: 3 }) });
    fc.assert(
      fc.property(params, params, (one, other) => {
        const isSame =
          one.command === other.command &&
          Object.keys(one.env).length === Object.keys(other.env).length &&
          Object.entries(one.env).every(([name, value]) => Object.hasOwn(other.env, name) && other.env[name] === value);
        expect(digest(one) === digest(other)).toBe(isSame);
      }),
    );
  });
});
