import { HOOK_TYPES } from '../../config/hook-entry.js';
import {
  BOOLEAN,
  COUNT,
  ID,
  type JsonSchema,
  NULL,
  object,
  oneOf,
  orNull,
  PID,
  SECONDS,
  SEQ,
  STRING,
  TIMESTAMP,
  arrayOf,
} from './json-schema.js';
import { COMPONENTS } from './result-schemas.js';

/** A notification of the service's. */
export interface NotificationSchema {
  readonly summary: string;
  readonly params: JsonSchema;
}

/** Of every notification of an execution but its output. */
const COMMON = { execution_id: ID, session_id: ID, seq: SEQ };
const PROCESS = { pid: PID, pgid: PID };
/** Of what a line of output tells: the command printed it, and a command can print anything. */
const FROM_OUTPUT = { stream: oneOf('stdout', 'stderr'), source: { const: 'output' }, ...COMMON };
const CONTROLLED = { ...PROCESS, exit_code: NULL, error: NULL, ...COMMON };

/** What the service tells unasked, by its method. */
export const NOTIFICATIONS: Readonly<Record<string, NotificationSchema>> = {
  connected: {
    summary: 'The first frame of a session',
    params: object({
      session_id: ID,
      version: STRING,
      capabilities: arrayOf(STRING),
      heartbeat_interval: SECONDS,
      resume_token: STRING,
      limits: object({ max_message_bytes: COUNT, max_processes: COUNT, output_chunk_bytes: COUNT }),
    }),
  },
  ping: { summary: 'The heartbeat', params: object({ timestamp: TIMESTAMP }) },
  'server.shutdown': {
    summary: 'The service is asked to stop; what runs has so long to end by itself',
    params: object({ grace: SECONDS, session_id: ID }),
  },
  'process.started': {
    summary: 'A command runs',
    params: object({ status: { const: 'started' }, started_at: TIMESTAMP, ...CONTROLLED }),
  },
  'process.output': {
    summary: 'A command has printed something',
    params: object({
      type: oneOf('stdout', 'stderr'),
      data: STRING,
      offset: COUNT,
      truncated: BOOLEAN,
      chunk_index: orNull(COUNT),
      total_chunks: orNull(COUNT),
      execution_id: ID,
      seq: SEQ,
    }),
  },
  'process.paused': {
    summary: 'All processes of a command are stopped',
    params: object({ status: { const: 'paused' }, ...CONTROLLED }),
  },
  'process.resumed': {
    summary: 'All processes of a command go on',
    params: object({ status: { const: 'resumed' }, ...CONTROLLED }),
  },
  'process.canceled': {
    summary: 'A command is told to end',
    params: object({ status: { const: 'canceled' }, ...CONTROLLED }),
  },
  'process.stalled': {
    summary: 'A command has been silent for a while',
    params: object({ idle: SECONDS, stall_timeout: orNull(SECONDS), ...COMMON }),
  },
  'process.error': {
    summary: 'A time limit ends a command',
    params: object({
      error: STRING,
      code: { const: -32004 },
      kind: oneOf('execution', 'stall'),
      duration: SECONDS,
      ...PROCESS,
      ...COMMON,
    }),
  },
  'timeout.warning': {
    summary: 'Four fifths of the time limit are gone',
    params: object({ remaining: SECONDS, limit: SECONDS, based_on: STRING, ...COMMON }),
  },
  'timeout.extended': {
    summary: 'The time limit has moved',
    params: object({ from: orNull(SECONDS), to: orNull(SECONDS), why: oneOf('progress', 'client'), ...COMMON }),
  },
  gap: {
    summary: 'Events that are not kept any more: from the first to the last of them',
    params: object({ execution_id: ID, session_id: ID, from: SEQ, to: SEQ }),
  },
  'task.early_completion': {
    summary: 'Output tells of the completion of the task, or of a file that was made',
    params: object({
      'marker?': STRING,
      'type?': { const: 'file_created' },
      'file_path?': orNull(STRING),
      elapsed_time: SECONDS,
      output_line: STRING,
      ...FROM_OUTPUT,
    }),
  },
  'error.token_limit_exceeded': {
    summary: 'Output tells of a limit on tokens',
    params: object({
      error_type: { const: 'token_limit' },
      limit: orNull(COUNT),
      message: STRING,
      suggestion: STRING,
      recoverable: { const: true },
      error_text: STRING,
      ...FROM_OUTPUT,
    }),
  },
  'error.rate_limit_exceeded': {
    summary: 'Output tells of a quota that is used up, or of too many requests',
    params: object({
      error_type: oneOf('usage_limit', 'rate_limit_429'),
      message: STRING,
      'reset_timestamp?': orNull(TIMESTAMP),
      'retry_after?': orNull(SECONDS),
      recoverable: BOOLEAN,
      error_text: STRING,
      ...FROM_OUTPUT,
    }),
  },
  'command.validation_warning': {
    summary: 'Output tells that a shell did not find a command',
    params: object({
      warning_type: { const: 'command_not_found' },
      command: orNull(STRING),
      message: STRING,
      error_text: STRING,
      ...FROM_OUTPUT,
    }),
  },
  'hook.warning': {
    summary: 'A hook of the operator failed, or has something to say; after the end without a seq',
    params: object({
      hook: STRING,
      hook_type: oneOf(...HOOK_TYPES),
      error: orNull(STRING),
      stderr: STRING,
      message: STRING,
      severity: oneOf('warning', 'error'),
      execution_id: ID,
      session_id: ID,
      'seq?': SEQ,
    }),
  },
  'process.completed': {
    summary: 'How an execution ended: its last notification',
    params: object({
      status: oneOf('completed', 'failed', 'canceled'),
      ...PROCESS,
      ...COMPONENTS['End']?.properties,
      seq_last: SEQ,
      early_completion_detected: BOOLEAN,
      early_completion_time: orNull(SECONDS),
      completion_marker: orNull(STRING),
      time_saved: SECONDS,
      ...COMMON,
    }),
  },
};
