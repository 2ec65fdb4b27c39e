import type { ExecutionRequest } from '../process/execution-request.js';
import type { ExecuteParams } from './execute.params.js';
import { ProgramParams } from './program.params.js';
import { resourceLimitsFrom } from './resource-limits-from.js';
import { taskHint } from './task.params.js';

/** What a client's validated `execute` asks for. */
export function executionRequest(params: ExecuteParams): ExecutionRequest {
  return {
    program: ProgramParams.of(params),
    cwd: params.cwd ?? null,
    environment: params.env ?? {},
    stdin: typeof params.stdin === 'string' ? Buffer.from(params.stdin) : params.stdin === true ? 'open' : null,
    output: {
      mode: params.output?.mode ?? 'line',
      encoding: params.output?.encoding ?? 'utf8',
      maxLineBytes: params.output?.max_line_bytes ?? null,
    },
    task: taskHint(params.task),
    timeoutMs: params.timeout == null ? undefined : limitMs(params.timeout),
    stallTimeoutMs: params.stall_timeout == null ? undefined : limitMs(params.stall_timeout),
    limits: resourceLimitsFrom(params.limits),
    onExit: params.on_exit ?? 'kill',
    onDisconnect: params.detach === true ? 'keep' : (params.on_disconnect ?? 'cancel'),
    onFull: params.on_full ?? 'block',
    ...(params.stop_on == null ? {} : { stopOn: params.stop_on }),
    labels: params.labels ?? {},
    traceparent: params.traceparent ?? null,
  };
}

/** A client's time limit in milliseconds; null = none, which is 0 s on the wire. */
export function limitMs(seconds: number): number | null {
  return seconds === 0 ? null : seconds * 1000;
}
