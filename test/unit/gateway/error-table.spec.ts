import { describe, expect, it } from '@jest/globals';
import { ClusterError } from '../../../src/cluster/cluster-error.js';
import { toRpcError } from '../../../src/gateway/error-table.js';
import { RateError } from '../../../src/policy/rate/rate-error.js';
import { PolicyError } from '../../../src/policy/policy-error.js';
import { ProcessError, type ProcessFault } from '../../../src/process/process-error.js';
import { RpcError } from '../../../src/rpc/rpc-error.js';
import { SessionError, type SessionFault } from '../../../src/session/session-error.js';

describe('a fault of the process room', () => {
  it.each<[ProcessFault, number, string, unknown]>([
    [
      { kind: 'unusable-request', field: 'cwd', message: 'No such directory' },
      -32602,
      'Invalid params',
      { errors: [{ field: 'cwd', message: 'No such directory' }] },
    ],
    [{ kind: 'stdin-not-open', executionId: 'e' }, -32602, 'Invalid params', 'The stdin of this execution is not open'],
    [
      { kind: 'not-running', pid: null, executionId: null },
      -32003,
      'No process is running',
      { pid: null, pgid: null, execution_id: null },
    ],
    [
      { kind: 'not-running', pid: 7, executionId: 'e' },
      -32003,
      'Process not found',
      { pid: 7, pgid: 7, execution_id: 'e' },
    ],
    [
      { kind: 'start-refused', resource: 'processes', code: 'EAGAIN' },
      -32008,
      'Resource limit exceeded',
      { resource: 'processes', limit: null, retryable: true },
    ],
    [
      { kind: 'limit-over-maximum', resource: 'timeoutMs', maximum: 1500 },
      -32008,
      'Resource limit exceeded',
      { resource: 'timeout', limit: 1.5, retryable: false },
    ],
    [
      { kind: 'limit-over-maximum', resource: 'memoryBytes', maximum: 1500 },
      -32008,
      'Resource limit exceeded',
      { resource: 'memory_bytes', limit: 1500, retryable: false },
    ],
    [
      { kind: 'limit-not-available', resource: 'cpuSeconds' },
      -32008,
      'Resource limit exceeded',
      { resource: 'cpu_seconds', limit: null, retryable: false },
    ],
    [
      { kind: 'stdin-full', limitBytes: 9 },
      -32008,
      'Resource limit exceeded',
      { resource: 'stdin', limit: 9, retryable: true },
    ],
  ])('%j is answered with %d %s and %j', (fault, code, message, data) => {
    expect(toRpcError(new ProcessError(fault))).toMatchObject({ code, message, data });
  });
});

describe('a rate that is exceeded', () => {
  it('is answered with the seconds to wait', () => {
    expect(toRpcError(new RateError(1500))).toMatchObject({
      code: -32005,
      message: 'Rate limit exceeded',
      data: { retry_after: 1.5 },
    });
  });
});

describe('a fault of the session room', () => {
  it.each<[SessionFault, number, string, unknown]>([
    [
      { kind: 'session-limit', currentSessions: 3, maxSessions: 3 },
      -32001,
      'Session limit exceeded',
      { current_sessions: 3, max_sessions: 3 },
    ],
    [{ kind: 'already-running' }, -32602, 'A process is already running', undefined],
    [
      { kind: 'process-limit', limit: 7 },
      -32008,
      'Resource limit exceeded',
      { resource: 'processes', limit: 7, retryable: true },
    ],
    [{ kind: 'resume-rejected', reason: 'expired' }, -32006, 'Resume rejected', { reason: 'expired' }],
    [{ kind: 'seq-ahead', executionId: 'e', lastSeq: 7 }, -32602, 'Invalid params', 'The last event of e is 7'],
    [{ kind: 'idempotency-conflict', executionId: 'e' }, -32009, 'Idempotency conflict', { execution_id: 'e' }],
    [{ kind: 'shutting-down', retryAfterMs: 1500 }, -32007, 'Service is shutting down', { retry_after: 1.5 }],
  ])('%j is answered with %d %s and %j', (fault, code, message, data) => {
    const error = toRpcError(new SessionError(fault));

    expect(error).toMatchObject({ code, message });
    expect(error?.data).toEqual(data);
  });
});

describe('a refusal of the policy', () => {
  it('names the command and the rule', () => {
    expect(toRpcError(new PolicyError('rm', 'not_on_allow_list'))).toMatchObject({
      code: -32002,
      message: "Command 'rm' is not allowed",
      data: { command: 'rm', rule: 'not_on_allow_list' },
    });
  });
});

describe('another error', () => {
  it('that is an answer already stays as it is', () => {
    const error = RpcError.invalidParams('x');

    expect(toRpcError(error)).toBe(error);
  });

  it.each([
    new Error('ENOENT: /secret/path'),
    new TypeError('x'),
    { fault: { kind: 'already-running' } },
    'a string',
    null,
    undefined,
  ])('(%p) is a defect', (error) => {
    expect(toRpcError(error)).toBeNull();
  });
});

describe('what the services together cannot do', () => {
  it('is a resource that may be there again, and nothing is told of why', () => {
    expect(toRpcError(new ClusterError('redis://user:secret@host is gone'))).toEqual(
      new RpcError(-32008, 'Resource limit exceeded', { resource: 'cluster', limit: null, retryable: true }),
    );
  });
});
