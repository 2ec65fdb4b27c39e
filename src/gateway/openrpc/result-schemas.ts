import { COMPLEXITIES } from '../../config/complexity.js';
import { HOOK_TYPES } from '../../config/hook-entry.js';
import { LIMIT_NAMES } from '../limit-names.js';
import {
  arrayOf,
  BOOLEAN,
  component,
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
} from './json-schema.js';

const PERCENT = orNull({ type: 'number' });
const BASED_ON = oneOf('exact_history', 'similar_tasks', 'heuristic', 'default');
const PER_STREAM = object({ stdout: COUNT, stderr: COUNT });
const SHARE: JsonSchema = { type: 'number', minimum: 0, maximum: 1 };

const STATES = ['running', 'paused', 'ending', 'completed', 'failed', 'canceled'] as const;
const STATE = oneOf(...STATES);

/** How an execution ended, as `process.completed` and `status` tell it. */
const END = {
  exit_code: orNull({ type: 'integer' }),
  signal: orNull(STRING),
  error: orNull(STRING),
  reason: oneOf(
    ...[
      'exit',
      'completion',
      'signal',
      'canceled',
      'timeout',
      'stalled',
      'output_limit',
      'resource_limit',
      'disconnected',
      'shutdown',
    ],
    'server_lost',
  ),
  evidence: orNull(component('Evidence')),
  execution_time: orNull(SECONDS),
  bytes: component('BytesAtEnd'),
  sha256: component('Digests'),
  survivors: arrayOf(PID),
  cpu_seconds: orNull(SECONDS),
  max_rss_bytes: orNull(COUNT),
} as const;

const ROW = {
  execution_id: ID,
  command: STRING,
  pid: PID,
  pgid: PID,
  state: STATE,
  started_at: TIMESTAMP,
  elapsed: SECONDS,
  cpu_percent: PERCENT,
  cpu_seconds: orNull(SECONDS),
  rss_bytes: orNull(COUNT),
  max_rss_bytes: orNull(COUNT),
  bytes: component('BytesPerStream'),
  timeout: orNull(SECONDS),
  labels: { type: 'object', additionalProperties: STRING },
  session_id: ID,
  detached: BOOLEAN,
  survivors: arrayOf(PID),
} as const satisfies Readonly<Record<string, JsonSchema>>;

/** What several messages have in common. */
export const COMPONENTS: Readonly<Record<string, JsonSchema>> = {
  BytesPerStream: PER_STREAM,
  BytesAtEnd: object({ stdout: orNull(COUNT), stderr: orNull(COUNT) }),
  Digests: object({ stdout: orNull(STRING), stderr: orNull(STRING) }),
  Limits: object(Object.fromEntries(Object.values(LIMIT_NAMES).map((name) => [name, orNull(COUNT)]))),
  Evidence: object({ resource: STRING, limit: { type: 'number' }, observed: orNull({ type: 'number' }) }),
  End: object(END),
  Estimate: object({
    expected_time: SECONDS,
    max_time: SECONDS,
    stall_timeout: SECONDS,
    based_on: BASED_ON,
    samples: COUNT,
    quantile: orNull(SHARE),
    multiplier: { type: 'number' },
    confidence: SHARE,
    load_multiplier: { type: 'number', minimum: 1 },
    system_load: object({ cpu_percent: PERCENT, memory_percent: PERCENT, gpu_percent: PERCENT }),
    task: object({ category: STRING, name: STRING, complexity: oneOf(...COMPLEXITIES), type: STRING }),
  }),
  Row: object({ ...ROW, ...optional(END) }),
};

/** What each method answers with. */
export const RESULTS = {
  execute: object({
    status: { const: 'started' },
    pid: PID,
    pgid: PID,
    execution_id: ID,
    timeout: orNull(SECONDS),
    stall_timeout: orNull(SECONDS),
    estimate: orNull(component('Estimate')),
    'duplicate?': { const: true },
  }),
  control: object({ status: oneOf('paused', 'resumed', 'canceled', 'signaled') }),
  input: object({ accepted_bytes: COUNT }),
  list: object({ executions: arrayOf(component('Row')), 'incomplete?': { const: true } }),
  status: component('Row'),
  attach: object({ state: STATE, first_seq: SEQ, next_seq: SEQ }),
  resume: object({
    resumed: { const: true },
    session_id: ID,
    resume_token: STRING,
    executions: arrayOf(
      object({
        execution_id: ID,
        state: oneOf(...STATES, 'unknown'),
        first_seq: orNull(SEQ),
        next_seq: orNull(SEQ),
        gap: orNull(object({ from: SEQ, to: SEQ })),
      }),
    ),
  }),
  extend: object({ timeout: SECONDS }),
  estimate: component('Estimate'),
  validate_timeout: object({
    is_valid: BOOLEAN,
    proposed_timeout: SECONDS,
    suggested_timeout: SECONDS,
    difference_percentage: orNull({ type: 'number' }),
    confidence: SHARE,
    based_on: BASED_ON,
    adjustment_reason: STRING,
  }),
  explain: object({
    allowed: BOOLEAN,
    rule: orNull(STRING),
    command: orNull(STRING),
    runs: { anyOf: [object({ argv: arrayOf(STRING) }), object({ command: STRING }), NULL] },
    cwd: orNull(STRING),
    reasons: arrayOf(STRING),
    limits: component('Limits'),
    estimate: component('Estimate'),
  }),
  hook_status: object({
    enabled: BOOLEAN,
    hooks_configured: arrayOf(
      object({
        hook: STRING,
        hook_type: oneOf(...HOOK_TYPES),
        commands: orNull(arrayOf(STRING)),
        timeout: SECONDS,
        on_failure: oneOf('warn', 'refuse'),
        cache: SECONDS,
      }),
    ),
    recent_executions: arrayOf(
      object({
        hook: STRING,
        hook_type: oneOf(...HOOK_TYPES),
        execution_id: orNull(ID),
        started_at: TIMESTAMP,
        duration: SECONDS,
        cached: BOOLEAN,
        status: oneOf('ok', 'failed', 'refused'),
        error: orNull(STRING),
        message: orNull(STRING),
      }),
    ),
    statistics: object({
      runs: COUNT,
      cached: COUNT,
      failures: COUNT,
      refusals: COUNT,
      mean_duration: orNull(SECONDS),
    }),
  }),
  ping: object({ pong: { const: true }, timestamp: TIMESTAMP }),
  pong: object({}),
  'rpc.discover': { type: 'object', description: 'This document' },
} as const satisfies Readonly<Record<string, JsonSchema>>;

/** The same fields, none of which has to be there. */
function optional(fields: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => !(name in ROW))
      .map(([name, schema]) => [`${name}?`, schema]),
  );
}
