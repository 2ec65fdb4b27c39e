import type { ResourceLimits } from '../../config/resource-limits.js';
import { ProcessError } from '../process-error.js';

/**
 * What an execution may use: what its client asks for, else the operator's maximum.
 * @throws ProcessError limit-over-maximum
 */
export function resourceLimitsOf(asked: Partial<ResourceLimits>, maxima: ResourceLimits): ResourceLimits {
  const limitOf = (resource: keyof ResourceLimits): number | null => {
    const [limit, maximum] = [asked[resource] ?? null, maxima[resource]];
    if (limit !== null && maximum !== null && limit > maximum)
      throw new ProcessError({ kind: 'limit-over-maximum', resource, maximum });
    return limit ?? maximum;
  };
  return {
    cpuSeconds: limitOf('cpuSeconds'),
    memoryBytes: limitOf('memoryBytes'),
    outputBytes: limitOf('outputBytes'),
    fileBytes: limitOf('fileBytes'),
    processes: limitOf('processes'),
    openFiles: limitOf('openFiles'),
  };
}
