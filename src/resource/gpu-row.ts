import type { GpuLoad } from './gpu-load.js';
import { kernelNumber } from './kernel-number.js';
import { percentOf } from './percent-of.js';

/** What stands for a figure that a GPU does not have, or cannot tell. */
const NO_FIGURE = /^(\[[^\]]+\]|N\/A|ERR!)$/;

/**
 * One GPU, by a line `utilization.gpu, memory.used, memory.total` without units. A figure it does not
 * have (`[N/A]`) is null; null for a line that is something else.
 */
export function gpuRow(line: string): GpuLoad | null {
  const fields = line.split(',').map((field) => field.trim());
  const isRow = fields.length === 3 && fields.every((field) => kernelNumber(field) !== null || NO_FIGURE.test(field));
  if (!isRow) return null;
  const [use, used, total] = fields.map(kernelNumber);
  return {
    gpuPercent: percentOf(use ?? NaN, 100),
    gpuMemoryPercent: percentOf(used ?? NaN, total ?? NaN),
  };
}
