import {
  arrayOf,
  BOOLEAN,
  COUNT,
  ID,
  type JsonSchema,
  object,
  oneOf,
  orNull,
  PID,
  SECONDS,
  STRING,
} from './json-schema.js';
import { RESUME_REFUSALS } from '../../session/session-error.js';

/** An error of the wire; `data` undefined = it carries none. */
export interface ErrorSchema {
  readonly code: number;
  readonly message: string;
  readonly data?: JsonSchema;
}

const RESOURCE = object({ resource: STRING, limit: orNull({ type: 'number' }), retryable: BOOLEAN });
const PROCESS = object({ pid: orNull(PID), pgid: orNull(PID), execution_id: orNull(ID) });

/** Every error that a request may be answered with. */
export const ERRORS = {
  ParseError: { code: -32700, message: 'Parse error' },
  InvalidRequest: { code: -32600, message: 'Invalid Request' },
  MethodNotFound: { code: -32601, message: 'Method not found', data: object({ method: STRING }) },
  InvalidParams: {
    code: -32602,
    message: 'Invalid params',
    data: { anyOf: [STRING, object({ errors: arrayOf(object({ field: STRING, message: STRING })) })] },
  },
  AlreadyRunning: { code: -32602, message: 'A process is already running' },
  InternalError: { code: -32603, message: 'Internal error', data: object({ correlation_id: ID }) },
  SessionLimit: {
    code: -32001,
    message: 'Session limit exceeded',
    data: object({ current_sessions: COUNT, max_sessions: COUNT }),
  },
  NotAllowed: {
    code: -32002,
    message: "Command 'rm' is not allowed",
    data: object({ command: STRING, rule: STRING, 'reason?': STRING }),
  },
  NoProcess: { code: -32003, message: 'No process is running', data: PROCESS },
  ProcessNotFound: { code: -32003, message: 'Process not found', data: PROCESS },
  RateLimit: { code: -32005, message: 'Rate limit exceeded', data: object({ retry_after: SECONDS }) },
  ResumeRejected: { code: -32006, message: 'Resume rejected', data: object({ reason: oneOf(...RESUME_REFUSALS) }) },
  ShuttingDown: { code: -32007, message: 'Service is shutting down', data: object({ retry_after: SECONDS }) },
  ResourceLimit: { code: -32008, message: 'Resource limit exceeded', data: RESOURCE },
  IdempotencyConflict: { code: -32009, message: 'Idempotency conflict', data: object({ execution_id: ID }) },
} as const satisfies Readonly<Record<string, ErrorSchema>>;

export type ErrorName = keyof typeof ERRORS;
