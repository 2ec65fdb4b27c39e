import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Environment } from '../../src/config/environment.js';
import { toRpcError } from '../../src/gateway/error-table.js';
import { ClusterError } from '../../src/cluster/cluster-error.js';
import { ERRORS } from '../../src/gateway/openrpc/error-schemas.js';
import { METHODS } from '../../src/gateway/openrpc/methods.js';
import { paramsOf } from '../../src/gateway/openrpc/params-schema.js';
import { RateError } from '../../src/policy/rate/rate-error.js';
import { PolicyError } from '../../src/policy/policy-error.js';
import { ProcessError } from '../../src/process/process-error.js';
import { RpcError } from '../../src/rpc/rpc-error.js';
import { SessionError } from '../../src/session/session-error.js';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const EXAMPLE = readFileSync(new URL('../../config/.env.example', import.meta.url), 'utf8');

/** The cells of all table rows whose first cell matches. */
function rows(first: RegExp): string[][] {
  return README.split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(([cell = '']) => first.test(cell));
}

function told(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'unset';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

describe('the configuration tables of the README', () => {
  const defaults = Object.entries(new Environment()).map(([name, value]): [string, string] => [name, told(value)]);

  it('have every variable, with its default, and no other', () => {
    const listed = rows(/^`[A-Z_]+`$/).map(([name = '', value = '']): [string, string] => [name.slice(1, -1), value]);

    expect(new Map(listed)).toEqual(new Map(defaults));
    expect(listed).toHaveLength(defaults.length);
  });

  it('agree with the example file', () => {
    const listed = [...EXAMPLE.matchAll(/^# ?([A-Z_]+)=/gm)].map(([, name]) => name);

    expect(new Set(listed)).toEqual(new Set([...defaults.map(([name]) => name)]));
  });
});

describe('the method table of the README', () => {
  const listed = new Map(
    rows(/^`[a-z_.]+`$/)
      .filter((cells) => cells.length === 3)
      .map(([name = '', params = '']): [string, string[]] => [
        name.slice(1, -1),
        [...params.matchAll(/`([a-z_]+)`/g)].map(([, param = '']) => param),
      ]),
  );
  const { pong: _notification, ...methods } = METHODS;

  it('has every method and no other', () => {
    expect([...listed.keys()].sort()).toEqual(Object.keys(methods).sort());
  });

  it.each(Object.entries(methods))('has every param of %s and no other', (name, { params }) => {
    expect(listed.get(name)?.sort()).toEqual(
      paramsOf(params)
        .map((param) => param.name)
        .sort(),
    );
  });
});

describe('the error table of the README', () => {
  const listed = new Set(rows(/^-32\d{3}$/).map(([code = '', message = '']) => `${code} ${message}`));
  const fault = (error: unknown): RpcError => toRpcError(error) as RpcError;

  it('is that of the OpenRPC document, but for what is never an answer', () => {
    const described = Object.values(ERRORS).map(({ code, message }) => `${String(code)} ${message}`);

    expect(described.sort()).toEqual([...listed].filter((error) => !error.startsWith('-32004 ')).sort());
  });

  it.each([
    RpcError.parse(),
    RpcError.invalidRequest(),
    RpcError.methodNotFound('x'),
    RpcError.invalidParams('x'),
    RpcError.internal('x'),
    fault(new PolicyError('rm', 'x')),
    fault(new ProcessError({ kind: 'unusable-request', field: 'x', message: 'x' })),
    fault(new ProcessError({ kind: 'start-refused', resource: 'x', code: 'x' })),
    fault(new ProcessError({ kind: 'not-running', pid: null, executionId: null })),
    fault(new ProcessError({ kind: 'not-running', pid: 1, executionId: 'x' })),
    fault(new ProcessError({ kind: 'stdin-not-open', executionId: 'x' })),
    fault(new ProcessError({ kind: 'stdin-full', limitBytes: 1 })),
    fault(new SessionError({ kind: 'session-limit', currentSessions: 1, maxSessions: 1 })),
    fault(new SessionError({ kind: 'already-running' })),
    fault(new SessionError({ kind: 'process-limit', limit: 1 })),
    fault(new SessionError({ kind: 'resume-rejected', reason: 'expired' })),
    fault(new SessionError({ kind: 'seq-ahead', executionId: 'x', lastSeq: 1 })),
    fault(new SessionError({ kind: 'idempotency-conflict', executionId: 'x' })),
    fault(new RateError(1)),
    fault(new ClusterError('x')),
    fault(new SessionError({ kind: 'shutting-down', retryAfterMs: 1 })),
  ])('has $code $message', ({ code, message }) => {
    expect(listed).toContain(`${String(code)} ${message}`);
  });
});
