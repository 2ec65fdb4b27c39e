import type { ExecutionOutcome } from '../process/execution-outcome.js';
import { Execution } from '../process/execution.js';
import type { EndedExecution } from '../session/ended-execution.js';
import type { KnownExecution } from '../session/known-execution.js';
import { LIMIT_NAMES } from './limit-names.js';

/** The row of `status`: after the end with how it ended. */
export function executionRow(known: KnownExecution): Record<string, unknown> {
  return row(known, known.account);
}

/** The row of `list`: with the processes that outlive their execution. */
export function liveRow(known: KnownExecution): Record<string, unknown> {
  return row(known, known.live ?? known.account);
}

function row(
  { sessionId, isDetached }: KnownExecution,
  execution: Execution | EndedExecution,
): Record<string, unknown> {
  const { program } = execution.request;
  const { timeoutMs } = execution;
  const running = execution instanceof Execution;
  return {
    execution_id: execution.id,
    command: 'command' in program ? program.command : program.argv.join(' '),
    pid: execution.pid,
    pgid: execution.pid,
    state: running ? execution.state : execution.outcome.status,
    started_at: execution.startedAt / 1000,
    elapsed: (running ? execution.elapsedMs : execution.outcome.durationMs) / 1000,
    cpu_percent: running ? (execution.usage?.cpuPercent ?? null) : null,
    cpu_seconds: running ? (execution.usage?.cpuSeconds ?? null) : execution.outcome.cpuSeconds,
    rss_bytes: running ? (execution.usage?.rssBytes ?? null) : null,
    max_rss_bytes: running ? (execution.usage?.maxRssBytes ?? null) : execution.outcome.maxRssBytes,
    bytes: running
      ? { stdout: execution.bytes('stdout'), stderr: execution.bytes('stderr') }
      : { stdout: execution.outcome.stdout.bytes, stderr: execution.outcome.stderr.bytes },
    timeout: timeoutMs === null ? null : timeoutMs / 1000,
    labels: execution.request.labels,
    session_id: sessionId,
    detached: isDetached,
    ...(running ? { survivors: execution.survivors } : endFields(execution.outcome)),
  };
}

/** How an execution ended, as `process.completed` and `status` tell it. */
export function endFields(outcome: ExecutionOutcome): Record<string, unknown> {
  return {
    exit_code: outcome.exitCode,
    signal: outcome.signal,
    error: outcome.error,
    reason: outcome.reason,
    evidence: evidenceOf(outcome),
    execution_time: outcome.durationMs / 1000,
    bytes: { stdout: outcome.stdout.bytes, stderr: outcome.stderr.bytes },
    sha256: { stdout: outcome.stdout.sha256, stderr: outcome.stderr.sha256 },
    survivors: outcome.survivors,
    cpu_seconds: outcome.cpuSeconds,
    max_rss_bytes: outcome.maxRssBytes,
  };
}

/** The same of an execution whose end nobody saw. */
export function lostFields(error: string): Record<string, unknown> {
  return {
    exit_code: null,
    signal: null,
    error,
    reason: 'server_lost',
    evidence: null,
    execution_time: null,
    bytes: { stdout: null, stderr: null },
    sha256: { stdout: null, stderr: null },
    survivors: [],
    cpu_seconds: null,
    max_rss_bytes: null,
  };
}

/** The limit that was exceeded, by its name on the wire. */
function evidenceOf({ evidence }: ExecutionOutcome): Record<string, unknown> | null {
  return evidence === null ? null : { ...evidence, resource: LIMIT_NAMES[evidence.resource] };
}
