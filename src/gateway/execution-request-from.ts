import type { ExecutionRequest } from '../process/execution-request.js';
import type { ExecuteParams } from './execute.params.js';

/** What a client's validated `execute` asks for. */
export function executionRequest(params: ExecuteParams): ExecutionRequest {
  return {
    program: params.argv == null ? { command: params.command ?? '' } : { argv: params.argv },
    cwd: params.cwd ?? null,
    environment: params.env ?? {},
    stdin: typeof params.stdin === 'string' ? Buffer.from(params.stdin) : params.stdin === true ? 'open' : null,
    output: {
      mode: params.output?.mode ?? 'line',
      encoding: params.output?.encoding ?? 'utf8',
      maxLineBytes: params.output?.max_line_bytes ?? null,
    },
    timeoutMs: params.timeout == null ? undefined : milliseconds(params.timeout),
    stallTimeoutMs: params.stall_timeout == null ? null : milliseconds(params.stall_timeout),
    onExit: params.on_exit ?? 'kill',
    labels: params.labels ?? {},
  };
}

/** 0 s = none. */
function milliseconds(seconds: number): number | null {
  return seconds === 0 ? null : seconds * 1000;
}
