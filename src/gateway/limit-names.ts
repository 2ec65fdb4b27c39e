import type { ResourceLimits } from '../config/resource-limits.js';

/** The limits on resources by their names on the wire. */
export const LIMIT_NAMES = {
  cpuSeconds: 'cpu_seconds',
  memoryBytes: 'memory_bytes',
  outputBytes: 'output_bytes',
  fileBytes: 'file_bytes',
  processes: 'processes',
  openFiles: 'open_files',
} as const satisfies Readonly<Record<keyof ResourceLimits, string>>;
