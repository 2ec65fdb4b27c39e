import type { ExecutionEvent } from '../process/execution-event.js';
import { endFields, lostFields } from './execution-row.js';
import { completionFields, findingFields } from './finding-fields.js';
import { hookWarningFields } from './hook-status.js';

/** A notification as the wire names it. */
export interface Notification {
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** The notification that tells an event of an execution to a client. */
export function eventNotification(
  execution: { readonly id: string; readonly pid: number; readonly sessionId: string },
  seq: number,
  event: ExecutionEvent,
): Notification {
  const common = { execution_id: execution.id, session_id: execution.sessionId, seq };
  const process = { pid: execution.pid, pgid: execution.pid };
  switch (event.type) {
    case 'started':
      return notification('process.started', {
        status: 'started',
        ...process,
        exit_code: null,
        error: null,
        started_at: event.at / 1000,
        ...common,
      });
    case 'paused':
    case 'resumed':
    case 'canceled':
      return notification(`process.${event.type}`, {
        status: event.type,
        ...process,
        exit_code: null,
        error: null,
        ...common,
      });
    case 'stalled':
      return notification('process.stalled', {
        idle: event.idleMs / 1000,
        stall_timeout: seconds(event.stallTimeoutMs),
        ...common,
      });
    case 'warning':
      return notification('timeout.warning', {
        remaining: seconds(event.remainingMs),
        limit: seconds(event.limitMs),
        based_on: event.basedOn,
        ...common,
      });
    case 'extended':
      return notification('timeout.extended', {
        from: seconds(event.fromMs),
        to: seconds(event.toMs),
        why: event.why,
        ...common,
      });
    case 'found': {
      const { method, params } = findingFields(event.finding, event.elapsedMs);
      return notification(method, { ...params, ...common });
    }
    case 'hook-warning':
      return notification('hook.warning', { ...hookWarningFields(event.warning), ...common });
    case 'time-limit':
      return notification('process.error', {
        error: event.message,
        code: -32004,
        kind: event.limit,
        duration: event.durationMs / 1000,
        ...process,
        ...common,
      });
    case 'completed':
      return completed(
        {
          status: event.outcome.status,
          ...process,
          ...endFields(event.outcome),
          seq_last: seq,
          ...completionFields(event.outcome),
        },
        common,
      );
    case 'lost':
      return completed({ status: 'failed', ...process, ...lostFields(event.error), seq_last: seq }, common);
  }
}

function completed(end: Record<string, unknown>, common: Record<string, unknown>): Notification {
  return notification('process.completed', {
    early_completion_detected: false,
    early_completion_time: null,
    completion_marker: null,
    time_saved: 0,
    ...end,
    ...common,
  });
}

function notification(method: string, params: Record<string, unknown>): Notification {
  return { method, params };
}

function seconds(milliseconds: number | null): number | null {
  return milliseconds === null ? null : milliseconds / 1000;
}
