import type { ResourceLimits } from '../config/resource-limits.js';
import { LIMIT_NAMES } from './limit-names.js';

/** Limits as the wire names them; null = none. */
export function resourceLimitsAnswer(limits: ResourceLimits): Record<string, number | null> {
  const names = Object.keys(LIMIT_NAMES) as (keyof ResourceLimits)[];
  return Object.fromEntries(names.map((name) => [LIMIT_NAMES[name], limits[name]]));
}
