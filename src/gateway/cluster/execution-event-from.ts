import { DETECTOR_KINDS } from '../../config/detector-entry.js';
import { HOOK_TYPES } from '../../config/hook-entry.js';
import type { ExecutionEvent } from '../../process/execution-event.js';
import { is } from './is.js';
import { isOutcome } from './is-outcome.js';

type Fields = Readonly<Record<string, unknown>>;

/** What each kind of event has to have. */
const RULES: Readonly<Record<ExecutionEvent['type'], (event: Fields) => boolean>> = {
  started: ({ at }) => isNumber(at),
  paused: () => true,
  resumed: () => true,
  canceled: () => true,
  stalled: ({ idleMs, stallTimeoutMs }) => isNumber(idleMs) && isNumberOrNull(stallTimeoutMs),
  warning: ({ remainingMs, limitMs, basedOn }) => isNumber(remainingMs) && isNumber(limitMs) && is.text(basedOn),
  extended: ({ fromMs, toMs, why }) => isNumberOrNull(fromMs) && isNumberOrNull(toMs) && is.text(why),
  found: ({ finding, elapsedMs }) => is.object(finding) && isFinding(finding) && isNumber(elapsedMs),
  'hook-warning': ({ warning }) => is.object(warning) && isWarning(warning),
  'time-limit': ({ limit, durationMs, message }) =>
    (limit === 'execution' || limit === 'stall') && isNumber(durationMs) && is.text(message),
  completed: ({ outcome }) => isOutcome(outcome),
  lost: ({ error }) => is.text(error),
};

/** An event as another service wrote it, or null: whoever can reach the store may have written it. */
export function executionEventFrom(value: unknown): ExecutionEvent | null {
  if (typeof value !== 'object' || value === null) return null;
  const event = value as Fields;
  const { type } = event;
  if (typeof type !== 'string' || !Object.hasOwn(RULES, type)) return null;
  return RULES[type as ExecutionEvent['type']](event) ? (value as ExecutionEvent) : null;
}

function isFinding({ kind, stream, line, text, path, command, limit, retryAfterMs, resetAt }: Fields): boolean {
  return (
    (DETECTOR_KINDS as readonly unknown[]).includes(kind) &&
    (stream === 'stdout' || stream === 'stderr') &&
    [line, text].every(is.text) &&
    [path, command].every(is.textOrNull) &&
    [limit, retryAfterMs, resetAt].every(isNumberOrNull)
  );
}

function isWarning({ hook, hookType, error, stderr, message, severity }: Fields): boolean {
  return (
    [hook, stderr, message].every(is.text) &&
    (HOOK_TYPES as readonly unknown[]).includes(hookType) &&
    is.textOrNull(error) &&
    (severity === 'warning' || severity === 'error')
  );
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || isNumber(value);
}
