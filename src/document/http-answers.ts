/** A controller, whose methods are routes. */
export interface ControllerClass {
  readonly name: string;
  readonly prototype: object;
}

/** A route: what it is for, and what it answers. */
export interface Answer {
  readonly summary: string;
  readonly answers: readonly {
    readonly status: number;
    readonly description: string;
    readonly content: string;
    readonly schema: object;
  }[];
}

const JSON_TYPE = 'application/json';
const STATE = { type: 'string', enum: ['ok', 'degraded', 'error', 'shutting_down'] };
const INDICATORS = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    properties: { status: { type: 'string', enum: ['up', 'degraded', 'down'] } },
    required: ['status'],
  },
};
const READINESS = object({ status: STATE, info: INDICATORS, error: INDICATORS, details: INDICATORS });
const WORD = object({ status: STATE });

/** Every route by the method of its controller. */
export const ANSWERS = {
  health: {
    health: route('The state of the service, for people and dashboards', {
      200: json('Always', {
        ...object({
          status: { type: 'string', enum: ['healthy', 'draining'] },
          service: { type: 'string' },
          version: { type: 'string' },
          active_sessions: { type: 'integer', minimum: 0 },
          max_sessions: { type: 'integer', minimum: 1 },
          uptime_seconds: { type: 'number', minimum: 0 },
        }),
      }),
    }),
    healthz: route('Whether the service takes work', {
      200: json('It does', WORD),
      503: json('It shuts down', WORD),
    }),
    live: route('Liveness: whether the event loop turns', { 200: json('It does', WORD) }),
    ready: route('Readiness: whether one more session and command would be taken', {
      200: json('They would; `degraded` without Redis', READINESS),
      503: json('They would not; `error` says why', READINESS),
    }),
    startup: route('Startup: whether the first command could be started', {
      200: json('It could, for good', WORD),
      503: json('Not yet', WORD),
    }),
  },
  metrics: {
    read: route(
      'What the service counts, for Prometheus; needs a token where the WebSocket does, unless METRICS=open',
      {
        200: { description: 'The text format 0.0.4', content: 'text/plain', schema: { type: 'string' } },
        401: json('A token is needed', object({ error: { type: 'string' } })),
        404: json('With METRICS=off', object({ statusCode: { type: 'integer' }, message: { type: 'string' } })),
      },
    ),
  },
  documents: {
    methods: route('The methods of the WebSocket, an OpenRPC document', { 200: json('Always', { type: 'object' }) }),
    paths: route('This document', { 200: json('Always', { type: 'object' }) }),
  },
} as const satisfies Record<string, Record<string, Answer>>;

function route(summary: string, answers: Readonly<Record<number, Omit<Answer['answers'][number], 'status'>>>): Answer {
  return {
    summary,
    answers: Object.entries(answers).map(([status, answer]) => ({ status: Number(status), ...answer })),
  };
}

function json(description: string, schema: object): Omit<Answer['answers'][number], 'status'> {
  return { description, content: JSON_TYPE, schema };
}

function object(properties: Readonly<Record<string, object>>): object {
  return { type: 'object', properties, required: Object.keys(properties) };
}
