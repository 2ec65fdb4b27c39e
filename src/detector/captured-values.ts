import type { CaptureName } from '../config/capture-name.js';
import type { Finding } from './finding.js';

const MAX_CHARACTERS = 1000;
const MAX_RETRY_MS = 31_536_000_000;
/** Seconds and milliseconds since the epoch do not meet: from 2001 on, and up to the year 5138. */
const MIN_MILLISECONDS = 1e11;
const MIN_SECONDS = 1e9;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const UNIT = /^\s{0,2}(ms|milliseconds?|s|sec|secs|seconds?|m|min|mins|minutes?|h|hours?)(?![a-z])/;

type Values = Pick<Finding, 'path' | 'command' | 'limit' | 'retryAfterMs' | 'resetAt'>;

/**
 * What the values taken out of a line mean; null where there is none, or none that can be.
 * @param rest what follows the match in the line, where a unit may be
 */
export function capturedValues(captures: Readonly<Partial<Record<CaptureName, unknown>>>, rest = ''): Values {
  const { path, command, limit, seconds, milliseconds, time } = captures;
  return {
    path: textOf(path, /^["'`(<]+|["'`)>.,;:]+$/g),
    command: textOf(command, /^$/g),
    limit: numberOf(typeof limit === 'string' ? limit.replace(/[,_]/g, '') : limit),
    retryAfterMs: durationOf(seconds, unitOf(rest)) ?? durationOf(milliseconds, 1),
    resetAt: timeOf(time),
  };
}

function textOf(value: unknown, around: RegExp): string | null {
  const text = typeof value === 'string' ? value.replace(around, '').slice(0, MAX_CHARACTERS) : '';
  return text === '' ? null : text;
}

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null;
}

function durationOf(value: unknown, unitMs: number): number | null {
  // A sentence's end is no part of a number.
  const number = numberOf(typeof value === 'string' ? value.replace(/\.$/, '') : value);
  const durationMs = number === null ? null : number * unitMs;
  return durationMs === null || durationMs > MAX_RETRY_MS ? null : durationMs;
}

function unitOf(rest: string): number {
  const word = UNIT.exec(rest.slice(0, 20).toLowerCase())?.[1] ?? 's';
  return UNITS[word.startsWith('ms') || word.startsWith('milli') ? 'ms' : word.charAt(0)] ?? 1000;
}

function timeOf(value: unknown): number | null {
  const number = numberOf(value);
  if (number !== null) return number >= MIN_MILLISECONDS ? number : number >= MIN_SECONDS ? number * 1000 : null;
  const parsed = typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : NaN;
  return Number.isFinite(parsed) ? parsed : null;
}
