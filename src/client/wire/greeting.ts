import { Fields } from './fields.js';

/** What the service says of itself and of the session, as the first thing on a connection. */
export interface Greeting {
  readonly session_id: string;
  readonly version: string;
  readonly capabilities: readonly string[];
  /** Seconds. */
  readonly heartbeat_interval: number;
  readonly resume_token: string;
  readonly limits: {
    readonly max_message_bytes: number;
    readonly max_processes: number;
    readonly output_chunk_bytes: number;
  };
}

/** The params of `connected`. @throws ClientError protocol */
export function readGreeting(params: unknown): Greeting {
  const fields = Fields.of(params, 'connected');
  const limits = fields.inner('limits');
  return {
    session_id: fields.string('session_id'),
    version: fields.string('version'),
    capabilities: fields.list('capabilities').filter((each) => typeof each === 'string'),
    heartbeat_interval: fields.number('heartbeat_interval'),
    resume_token: fields.string('resume_token'),
    limits: {
      max_message_bytes: limits.count('max_message_bytes', 1),
      max_processes: limits.count('max_processes', 1),
      output_chunk_bytes: limits.count('output_chunk_bytes', 1),
    },
  };
}
