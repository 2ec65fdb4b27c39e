import type { Finding } from '../detector/finding.js';
import type { ExecutionOutcome } from '../process/execution-outcome.js';

/** The notification that tells what output tells, by its name and what it says beside the execution. */
export function findingFields(
  finding: Finding,
  elapsedMs: number,
): { readonly method: string; readonly params: Record<string, unknown> } {
  const elapsed = { elapsed_time: elapsedMs / 1000, output_line: finding.line };
  const from = { error_text: finding.line, stream: finding.stream, source: 'output' };
  switch (finding.kind) {
    case 'completion':
      return told('task.early_completion', {
        marker: finding.text,
        ...elapsed,
        stream: finding.stream,
        source: 'output',
      });
    case 'file_created': {
      const file = { type: 'file_created', file_path: finding.path };
      return told('task.early_completion', { ...file, ...elapsed, stream: finding.stream, source: 'output' });
    }
    case 'token_limit':
      return told('error.token_limit_exceeded', {
        error_type: 'token_limit',
        limit: finding.limit,
        message:
          finding.limit === null
            ? 'Output tells of a token limit'
            : `Output tells of a limit of ${finding.limit} tokens`,
        suggestion: 'Ask for less at once, or raise the limit',
        recoverable: true,
        ...from,
      });
    case 'usage_limit':
      return told('error.rate_limit_exceeded', {
        error_type: 'usage_limit',
        message: 'Output tells of a usage limit that is reached',
        reset_timestamp: finding.resetAt === null ? null : finding.resetAt / 1000,
        recoverable: false,
        ...from,
      });
    case 'rate_limit':
      return told('error.rate_limit_exceeded', {
        error_type: 'rate_limit_429',
        message: 'Output tells of too many requests',
        retry_after: finding.retryAfterMs === null ? null : finding.retryAfterMs / 1000,
        recoverable: true,
        ...from,
      });
    case 'command_not_found':
      return told('command.validation_warning', {
        warning_type: 'command_not_found',
        command: finding.command,
        message: finding.command === null ? 'A command was not found' : `The command ${finding.command} was not found`,
        ...from,
      });
  }
}

/** What `process.completed` says of a completion that the output told. */
export function completionFields({ completion, durationMs }: ExecutionOutcome): Record<string, unknown> {
  return {
    early_completion_detected: completion !== null,
    early_completion_time: completion === null ? null : completion.elapsedMs / 1000,
    completion_marker: completion?.marker ?? null,
    time_saved: completion === null ? 0 : Math.max(0, durationMs - completion.elapsedMs) / 1000,
  };
}

function told(method: string, params: Record<string, unknown>): { method: string; params: Record<string, unknown> } {
  return { method, params };
}
