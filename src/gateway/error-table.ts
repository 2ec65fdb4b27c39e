import { ClusterError } from '../cluster/cluster-error.js';
import { PolicyError } from '../policy/policy-error.js';
import { RateError } from '../policy/rate/rate-error.js';
import { ProcessError, type ProcessFault } from '../process/process-error.js';
import { LIMIT_NAMES } from './limit-names.js';
import { RpcError } from '../rpc/rpc-error.js';
import { SessionError, type SessionFault } from '../session/session-error.js';

type Fault =
  | ProcessFault
  | SessionFault
  | { readonly kind: 'cluster-unavailable' }
  | { readonly kind: 'rate-limit'; readonly retryAfterMs: number }
  | {
      readonly kind: 'not-allowed';
      readonly message: string;
      readonly command: string;
      readonly rule: string;
      readonly reason: string;
    };

/** How each kind of domain fault is answered on the wire. */
const TABLE: { readonly [Kind in Fault['kind']]: (fault: Extract<Fault, { kind: Kind }>) => RpcError } = {
  'unusable-request': ({ field, message }) => RpcError.invalidParams({ errors: [{ field, message }] }),
  'already-running': () => new RpcError(-32602, 'A process is already running'),
  'stdin-not-open': () => RpcError.invalidParams('The stdin of this execution is not open'),
  'session-limit': ({ currentSessions, maxSessions }) =>
    new RpcError(-32001, 'Session limit exceeded', { current_sessions: currentSessions, max_sessions: maxSessions }),
  // What a hook says is meant for the client.
  'not-allowed': ({ message, command, rule, reason }) =>
    new RpcError(-32002, message, rule === 'hook' ? { command, rule, reason } : { command, rule }),
  'not-running': ({ pid, executionId }) =>
    new RpcError(-32003, executionId === null ? 'No process is running' : 'Process not found', {
      pid,
      pgid: pid,
      execution_id: executionId,
    }),
  'shutting-down': ({ retryAfterMs }) =>
    new RpcError(-32007, 'Service is shutting down', { retry_after: retryAfterMs / 1000 }),
  'rate-limit': ({ retryAfterMs }) => new RpcError(-32005, 'Rate limit exceeded', { retry_after: retryAfterMs / 1000 }),
  'resume-rejected': ({ reason }) => new RpcError(-32006, 'Resume rejected', { reason }),
  'seq-ahead': ({ executionId, lastSeq }) =>
    RpcError.invalidParams(`The last event of ${executionId} is ${String(lastSeq)}`),
  'idempotency-conflict': ({ executionId }) =>
    new RpcError(-32009, 'Idempotency conflict', { execution_id: executionId }),
  'process-limit': ({ limit }) =>
    new RpcError(-32008, 'Resource limit exceeded', { resource: 'processes', limit, retryable: true }),
  'cluster-unavailable': () =>
    new RpcError(-32008, 'Resource limit exceeded', { resource: 'cluster', limit: null, retryable: true }),
  'start-refused': ({ resource }) =>
    new RpcError(-32008, 'Resource limit exceeded', { resource, limit: null, retryable: true }),
  'limit-over-maximum': ({ resource, maximum }) =>
    new RpcError(-32008, 'Resource limit exceeded', {
      resource: resource === 'timeoutMs' ? 'timeout' : LIMIT_NAMES[resource],
      limit: resource === 'timeoutMs' ? maximum / 1000 : maximum,
      retryable: false,
    }),
  'limit-not-available': ({ resource }) =>
    new RpcError(-32008, 'Resource limit exceeded', { resource: LIMIT_NAMES[resource], limit: null, retryable: false }),
  'stdin-full': ({ limitBytes }) =>
    new RpcError(-32008, 'Resource limit exceeded', { resource: 'stdin', limit: limitBytes, retryable: true }),
};

/** The answer to an error of any room, or null where it is no known fault but a defect. */
export function toRpcError(error: unknown): RpcError | null {
  if (error instanceof RpcError) return error;
  if (error instanceof ProcessError || error instanceof SessionError) return answer(error.fault);
  if (error instanceof ClusterError) return answer({ kind: error.kind });
  if (error instanceof RateError) return answer({ kind: error.kind, retryAfterMs: error.retryAfterMs });
  if (error instanceof PolicyError) {
    const { kind, message, command, rule, reason } = error;
    return answer({ kind, message, command, rule, reason });
  }
  return null;
}

function answer(fault: Fault): RpcError {
  // The table pairs each kind with its own fault; the compiler cannot follow that through the union.
  return (TABLE[fault.kind] as (fault: Fault) => RpcError)(fault);
}
