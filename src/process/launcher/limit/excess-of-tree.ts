import type { ResourceLimits } from '../../../config/resource-limits.js';
import type { Excess } from '../../limit/excess.js';
import type { Usage } from '../../usage.js';
import { type ProcessRow, readProportionalBytes } from '../process-table.js';
import { readSystemUnits } from '../system-units.js';

const { pageBytes } = readSystemUnits();

/** What a tree has too much of, by a look at it; null where it keeps within its limits. */
export function excessOfTree(usage: Usage, members: readonly ProcessRow[], limits: ResourceLimits): Excess | null {
  if (limits.processes !== null && members.length > limits.processes)
    return { resource: 'processes', limit: limits.processes, observed: members.length };
  if (limits.cpuSeconds !== null && usage.cpuSeconds >= limits.cpuSeconds)
    return { resource: 'cpuSeconds', limit: limits.cpuSeconds, observed: usage.cpuSeconds };
  // What is shared counts twice in the resident memory, which is cheap to know: it is an upper bound.
  if (limits.memoryBytes === null || usage.rssBytes <= limits.memoryBytes) return null;
  const observed = members.reduce((sum, row) => sum + (readProportionalBytes(row.pid) ?? row.rssPages * pageBytes), 0);
  return observed > limits.memoryBytes ? { resource: 'memoryBytes', limit: limits.memoryBytes, observed } : null;
}
