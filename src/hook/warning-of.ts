import type { HookWarning } from '../process/hook-warning.js';
import type { HookRun } from './hook-run.js';

/** The warning that a run gives rise to, or null. */
export function warningOf({ entry, outcome }: HookRun): HookWarning | null {
  const from = { hook: entry.name, hookType: entry.type };
  if ('failure' in outcome) return { ...from, ...outcome.failure, severity: 'error' };
  const { warning } = outcome.answer;
  return warning === null ? null : { ...from, error: null, stderr: '', message: warning, severity: 'warning' };
}
