/** How loaded the GPUs are. Percents are 0 to 100, to one decimal; null = not known. */
export interface GpuLoad {
  readonly gpuPercent: number | null;
  readonly gpuMemoryPercent: number | null;
}

/** No GPU, or none that tells. */
export const UNKNOWN_GPU_LOAD: GpuLoad = Object.freeze({ gpuPercent: null, gpuMemoryPercent: null });
