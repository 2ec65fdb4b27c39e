import { kernelNumber } from './kernel-number.js';

/**
 * Processors that a bandwidth limit allows, by `QUOTA PERIOD` as in cpu.max; null where there is no limit: `max`, -1, or
 * nothing that can be read.
 */
export function cpuQuota(text: string | null): number | null {
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(kernelNumber);
  return quota && period ? quota / period : null;
}
