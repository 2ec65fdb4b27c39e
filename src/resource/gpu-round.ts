import type { GpuLoad } from './gpu-load.js';

/**
 * The highest figures among the GPUs told of together: rows that come within `windowMs` of the first are one round, the
 * next row begins another.
 */
export class GpuRound {
  #startedAt = -Infinity;
  #load: GpuLoad | null = null;

  constructor(private readonly windowMs: number) {}

  /** The round with this row in it. */
  add(row: GpuLoad, nowMs: number): GpuLoad {
    const before = nowMs - this.#startedAt < this.windowMs ? this.#load : null;
    if (before === null) this.#startedAt = nowMs;
    this.#load = {
      gpuPercent: higher(before?.gpuPercent, row.gpuPercent),
      gpuMemoryPercent: higher(before?.gpuMemoryPercent, row.gpuMemoryPercent),
    };
    return this.#load;
  }
}

function higher(one: number | null | undefined, other: number | null): number | null {
  return one === null || one === undefined || (other !== null && other > one) ? other : one;
}
