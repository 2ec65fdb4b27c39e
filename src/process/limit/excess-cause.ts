import type { ResourceLimits } from '../../config/resource-limits.js';
import type { EndCause } from '../end-cause.js';
import type { Excess } from './excess.js';

const NAMES: Readonly<Record<keyof ResourceLimits, string>> = {
  cpuSeconds: 'seconds of CPU time',
  memoryBytes: 'bytes of memory',
  outputBytes: 'bytes of output',
  fileBytes: 'bytes in one file',
  processes: 'processes',
  openFiles: 'open files',
};

/** The end of an execution that had too much of something. */
export function excessCause(excess: Excess): EndCause {
  const { resource, limit, observed } = excess;
  const seen = observed === null ? '' : `, ${String(observed)} were seen`;
  return {
    reason: resource === 'outputBytes' ? 'output_limit' : 'resource_limit',
    error: `The limit of ${String(limit)} ${NAMES[resource]} is exceeded${seen}`,
    evidence: excess,
  };
}
