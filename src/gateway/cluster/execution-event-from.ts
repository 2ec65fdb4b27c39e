import type { ExecutionEvent } from '../../process/execution-event.js';
import { isOutcome } from './is-outcome.js';

type Fields = Readonly<Record<string, unknown>>;

/** What each kind of event has to have. */
const RULES: Readonly<Record<ExecutionEvent['type'], (event: Fields) => boolean>> = {
  started: ({ at }) => isNumber(at),
  paused: () => true,
  resumed: () => true,
  canceled: () => true,
  stalled: ({ idleMs, stallTimeoutMs }) => isNumber(idleMs) && isNumberOrNull(stallTimeoutMs),
  warning: ({ remainingMs, limitMs, basedOn }) => isNumber(remainingMs) && isNumber(limitMs) && isText(basedOn),
  extended: ({ fromMs, toMs, why }) => isNumberOrNull(fromMs) && isNumberOrNull(toMs) && isText(why),
  'time-limit': ({ limit, durationMs, message }) =>
    (limit === 'execution' || limit === 'stall') && isNumber(durationMs) && isText(message),
  completed: ({ outcome }) => isOutcome(outcome),
  lost: ({ error }) => isText(error),
};

/** An event as another service wrote it, or null: whoever can reach the store may have written it. */
export function executionEventFrom(value: unknown): ExecutionEvent | null {
  if (typeof value !== 'object' || value === null) return null;
  const event = value as Fields;
  const { type } = event;
  if (typeof type !== 'string' || !Object.hasOwn(RULES, type)) return null;
  return RULES[type as ExecutionEvent['type']](event) ? (value as ExecutionEvent) : null;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || isNumber(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
