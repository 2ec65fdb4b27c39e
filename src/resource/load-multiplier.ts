import type { AppConfig } from '../config/app-config.js';
import type { SystemLoad } from './system-load.js';

/**
 * What times are multiplied by under a load: `multiplier` where CPU or GPU use is above the threshold, 1 at it, below it
 * and where neither is known.
 */
export function loadMultiplier(
  { cpuPercent, gpuPercent }: Pick<SystemLoad, 'cpuPercent' | 'gpuPercent'>,
  { thresholdPercent, multiplier }: AppConfig['resource'],
): number {
  return (cpuPercent ?? 0) > thresholdPercent || (gpuPercent ?? 0) > thresholdPercent ? multiplier : 1;
}
