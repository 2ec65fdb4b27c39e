import { describe, expect, it } from '@jest/globals';
import { toRpcError } from '../../../src/gateway/error-table.js';
import { refusalRule } from '../../../src/gateway/refusal-rule.js';
import { RateError } from '../../../src/policy/rate/rate-error.js';
import { RpcError } from '../../../src/rpc/rpc-error.js';
import { SessionError } from '../../../src/session/session-error.js';

describe('a refusal', () => {
  it.each<[string, unknown]>([
    ['not_on_allow_list', new RpcError(-32002, 'x', { command: 'rm', rule: 'not_on_allow_list' })],
    ['invalid_params', RpcError.invalidParams('x')],
    ['invalid_params', RpcError.invalidParams({ errors: [{ field: 'rule', message: 'x' }] })],
    ['internal_error', RpcError.internal('x')],
    ['rate_limit', new RateError(1)],
    ['resource_limit:processes', new SessionError({ kind: 'process-limit', limit: 1 })],
    ['session_limit', new SessionError({ kind: 'session-limit', currentSessions: 1, maxSessions: 1 })],
    ['shutting_down', new SessionError({ kind: 'shutting-down', retryAfterMs: 1 })],
    ['refused', new RpcError(-1, 'x', null)],
    ['refused', new RpcError(-1, 'x', { rule: 1 })],
  ])('is %s', (rule, error) => {
    expect(refusalRule(toRpcError(error)!)).toBe(rule);
  });
});
