import type { ExecutionOutcome } from '../../process/execution-outcome.js';
import { LIMIT_NAMES } from '../limit-names.js';

type Fields = Readonly<Record<string, unknown>>;

const STATUSES: readonly unknown[] = ['completed', 'failed', 'canceled'];
const SHA256 = /^[0-9a-f]{64}$/;

/** Whether this is the account of an end, in all of its fields. */
export function isOutcome(value: unknown): value is ExecutionOutcome {
  if (typeof value !== 'object' || value === null) return false;
  const outcome = value as Readonly<Record<keyof ExecutionOutcome, unknown>>;
  const { exitCode, signal, error, reason, durationMs, survivors, cpuSeconds, maxRssBytes } = outcome;
  return (
    STATUSES.includes(outcome.status) &&
    [exitCode, cpuSeconds, maxRssBytes].every((number) => number === null || Number.isFinite(number)) &&
    [signal, error].every((text) => text === null || typeof text === 'string') &&
    typeof reason === 'string' &&
    Number.isFinite(durationMs) &&
    Array.isArray(survivors) &&
    survivors.every(Number.isSafeInteger) &&
    isEvidence(outcome.evidence) &&
    isCompletion(outcome.completion) &&
    [outcome.stdout, outcome.stderr].every(isTotals)
  );
}

function isEvidence(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const { resource, limit, observed } = value as Fields;
  return (
    typeof resource === 'string' &&
    Object.hasOwn(LIMIT_NAMES, resource) &&
    [limit, observed].every((number) => number === null || Number.isFinite(number))
  );
}

function isCompletion(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const { marker, elapsedMs } = value as Fields;
  return typeof marker === 'string' && Number.isFinite(elapsedMs);
}

function isTotals(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { bytes, sha256 } = value as Fields;
  return Number.isSafeInteger(bytes) && (sha256 === null || (typeof sha256 === 'string' && SHA256.test(sha256)));
}
