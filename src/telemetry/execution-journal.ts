import { Injectable, Logger } from '@nestjs/common';
import type { Execution } from '../process/execution.js';

/** Tells in the log, at the level debug, which executions begin and how they end; nothing of what they print. */
@Injectable()
export class ExecutionJournal {
  readonly #logger = new Logger('Execution');

  follow(execution: Execution, sessionId: string): void {
    const ids = { session_id: sessionId, execution_id: execution.id, ...traceOf(execution.request.traceparent) };
    this.#logger.debug('Execution started', { ...ids, pid_of_command: execution.pid });
    void execution.ended.then(({ reason, exitCode, durationMs }) => {
      const end = { reason, exit_code: exitCode, duration: durationMs / 1000 };
      if (reason === 'server_lost') this.#logger.warn('Execution lost', { ...ids, ...end });
      else this.#logger.debug('Execution ended', { ...ids, ...end });
    });
  }
}

/** The ids of a traceparent by the names that OpenTelemetry has for them in logs. */
function traceOf(traceparent: string | null): object {
  const [, trace, span] = traceparent?.split('-') ?? [];
  return trace === undefined ? {} : { trace_id: trace, span_id: span };
}
