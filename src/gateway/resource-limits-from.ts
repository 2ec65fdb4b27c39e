import type { ResourceLimits } from '../config/resource-limits.js';
import { LIMIT_NAMES } from './limit-names.js';
import type { LimitsParams } from './limits.params.js';

/** Only what the client said: null is as good as absent. */
export function resourceLimitsFrom(params: LimitsParams | null | undefined): Partial<ResourceLimits> {
  const names = Object.keys(LIMIT_NAMES) as (keyof ResourceLimits)[];
  const asked = names.map((name) => [name, params?.[LIMIT_NAMES[name]] ?? null] as const);
  return Object.fromEntries(asked.filter(([, limit]) => limit !== null));
}
