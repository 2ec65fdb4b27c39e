import type { ResourceLimits } from '../../config/resource-limits.js';

/** Which limits of an execution its launcher keeps: all that it has, but that on output, which is counted where it is read. */
export function launcherLimits(limits: ResourceLimits): readonly (keyof ResourceLimits)[] {
  const names = ['cpuSeconds', 'memoryBytes', 'fileBytes', 'processes', 'openFiles'] as const;
  return names.filter((name) => limits[name] !== null);
}
