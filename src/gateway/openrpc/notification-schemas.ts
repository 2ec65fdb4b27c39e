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

const SEQ: JsonSchema = { type: 'integer', minimum: 1 };
/** Of every notification of an execution but its output. */
const COMMON = { execution_id: ID, session_id: ID, seq: SEQ };
const PROCESS = { pid: PID, pgid: PID };
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
