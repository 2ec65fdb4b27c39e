import type { HookEntry } from '../config/hook-entry.js';
import type { HookLedger, LedgerRow } from '../hook/hook-ledger.js';
import type { HookWarning } from '../process/hook-warning.js';

/** The answer to `hook_status`: what is configured, and what it did for one session. Programs are the operator's matter. */
export function hookStatus(entries: readonly HookEntry[], ledger: HookLedger): object {
  const { runs, cached, failures, refusals, meanDurationMs } = ledger.statistics;
  return {
    enabled: entries.length > 0,
    hooks_configured: entries.map((entry) => ({
      hook: entry.name,
      hook_type: entry.type,
      commands: entry.commands,
      timeout: entry.timeoutMs / 1000,
      on_failure: entry.onFailure,
      cache: entry.cacheMs / 1000,
    })),
    recent_executions: ledger.recent.map(recentRow),
    statistics: {
      runs,
      cached,
      failures,
      refusals,
      mean_duration: meanDurationMs === null ? null : meanDurationMs / 1000,
    },
  };
}

/** What `hook.warning` says of a hook. */
export function hookWarningFields(warning: HookWarning): Record<string, unknown> {
  const { hook, hookType, error, stderr, message, severity } = warning;
  return { hook, hook_type: hookType, error, stderr, message, severity };
}

function recentRow({ run, executionId }: LedgerRow): object {
  const { entry, outcome } = run;
  const isFailure = 'failure' in outcome;
  return {
    hook: entry.name,
    hook_type: entry.type,
    execution_id: executionId,
    started_at: run.startedAt / 1000,
    duration: run.durationMs / 1000,
    cached: run.isCached,
    status: isFailure ? 'failed' : outcome.answer.refusal === null ? 'ok' : 'refused',
    error: isFailure ? outcome.failure.error : null,
    message: isFailure ? outcome.failure.message : (outcome.answer.refusal ?? outcome.answer.warning),
  };
}
