import type { ExecutionEvent } from './execution-event.js';
import type { Exit } from './exit.js';
import { readExit } from './exit.js';
import { Fields } from './fields.js';

const STREAMS = ['stdout', 'stderr'] as const;

/** An event as it comes: whether its output is the stream is found out later. */
export type ReceivedEvent =
  | Exclude<ExecutionEvent, { type: 'completed' } | { type: 'gap' }>
  | { readonly type: 'completed'; readonly seq: number; readonly exit: Omit<Exit, 'verified'> };

const READERS: Readonly<Record<string, (fields: Fields, seq: number, params: unknown) => ReceivedEvent>> = {
  'process.started': (fields, seq) => ({
    type: 'started',
    seq,
    pid: fields.number('pid'),
    started_at: fields.number('started_at'),
  }),
  'process.output': (fields, seq) => ({
    type: 'output',
    seq,
    stream: fields.oneOf('type', STREAMS),
    data: fields.string('data'),
    offset: fields.count('offset'),
    truncated: fields.flag('truncated'),
    chunk_index: fields.numberOrNull('chunk_index'),
    total_chunks: fields.numberOrNull('total_chunks'),
  }),
  'process.paused': (_, seq) => ({ type: 'paused', seq }),
  'process.resumed': (_, seq) => ({ type: 'resumed', seq }),
  'process.canceled': (_, seq) => ({ type: 'canceled', seq }),
  'process.stalled': (fields, seq) => ({
    type: 'stalled',
    seq,
    idle: fields.number('idle'),
    stall_timeout: fields.numberOrNull('stall_timeout'),
  }),
  'timeout.warning': (fields, seq) => ({
    type: 'timeout_warning',
    seq,
    remaining: fields.number('remaining'),
    limit: fields.number('limit'),
    based_on: fields.string('based_on'),
  }),
  'timeout.extended': (fields, seq) => ({
    type: 'timeout_extended',
    seq,
    from: fields.numberOrNull('from'),
    to: fields.numberOrNull('to'),
    why: fields.string('why'),
  }),
  'process.error': (fields, seq) => ({
    type: 'timed_out',
    seq,
    kind: fields.string('kind'),
    duration: fields.number('duration'),
    error: fields.string('error'),
  }),
  'process.completed': (_, seq, params) => ({ type: 'completed', seq, exit: readExit(params) }),
};

/** A numbered notification of an execution. @throws ClientError protocol */
export function readEvent(method: string, params: unknown): ReceivedEvent {
  const fields = Fields.of(params, method);
  const seq = fields.count('seq', 1);
  const read = Object.hasOwn(READERS, method) ? READERS[method] : undefined;
  return (
    read?.(fields, seq, params) ?? { type: 'notice', seq, method, params: params as Readonly<Record<string, unknown>> }
  );
}
