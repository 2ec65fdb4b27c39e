import 'reflect-metadata';
import { type ArgumentsHost, Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Reception } from '../../../src/gateway/reception.js';
import { RpcErrorFilter } from '../../../src/gateway/rpc-error.filter.js';
import { Call } from '../../../src/rpc/call.js';
import { RpcError } from '../../../src/rpc/rpc-error.js';
import { SessionError } from '../../../src/session/session-error.js';

let logged: unknown[][];

beforeEach(() => {
  logged = [];
  jest.spyOn(Logger.prototype, 'error').mockImplementation((...args: unknown[]) => void logged.push(args));
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** What a call is failed with when its handler throws this. */
function failure(thrown: unknown): RpcError | null {
  const call = new Call({ id: 1, method: 'execute', params: { command: 'secret' } });
  const host = { switchToWs: () => ({ getData: () => call, getClient: () => 'a peer' }) };
  const reception = { sessionId: () => 'a session' };
  new RpcErrorFilter(reception as unknown as Reception).catch(thrown, host as unknown as ArgumentsHost);
  return call.error;
}

describe('an error that a room declares', () => {
  it('is answered by the table and not logged', () => {
    expect(failure(new SessionError({ kind: 'already-running' }))).toMatchObject({
      code: -32602,
      message: 'A process is already running',
    });
    expect(failure(RpcError.parse())).toMatchObject({ code: -32700 });
    expect(logged).toEqual([]);
  });
});

describe('a defect', () => {
  it.each([
    new Error('ENOENT: no such file, open /secret/path'),
    'a string',
    undefined,
    null,
    { message: '/secret/path' },
  ])('(%p) is logged once, and the client learns only what finds it in the log', (thrown) => {
    const error = failure(thrown);

    expect(error).toMatchObject({ code: -32603, message: 'Internal error' });
    const { correlation_id: id, ...rest } = error?.data as Record<string, string>;
    expect(rest).toEqual({});
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(logged).toHaveLength(1);
    expect(logged[0]![0]).toContain(id);
    expect(JSON.stringify(logged)).not.toContain('"secret"');
  });

  it('is logged with its stack, and whose it is', () => {
    const thrown = new Error('boom');
    failure(thrown);

    expect(logged[0]!.slice(1)).toEqual([{ session_id: 'a session', execution_id: null }, thrown.stack]);
  });

  it('has a correlation id of its own', () => {
    expect((failure(new Error('a'))?.data as { correlation_id: string }).correlation_id).not.toBe(
      (failure(new Error('a'))?.data as { correlation_id: string }).correlation_id,
    );
  });
});
