import { createHash } from 'node:crypto';
import type { StartKey } from '../process/start-key.js';
import type { ExecuteParams } from './execute.params.js';

/** What makes `execute` the same request when it comes again: all of its params but its trace, in whatever order; null = absent. */
export function startKey({ idempotency_key: key, traceparent: _, ...params }: ExecuteParams): StartKey | null {
  if (key == null) return null;
  return { key, digest: createHash('sha256').update(canonical(params)).digest('hex') };
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = Object.entries(value)
    .filter(([, field]) => field != null)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
}
