/** How loaded the machine is. Percents are 0 to 100, to one decimal; null = not known. */
export interface SystemLoad {
  /** CPU use since the sample before: of the cgroup's limit where one applies, else of all processors of the host. */
  readonly cpuPercent: number | null;
  /** Memory that cannot be reclaimed: of the cgroup's limit where one applies, else of the host's memory. */
  readonly memoryPercent: number | null;
  /** Of the busiest NVIDIA GPU. */
  readonly gpuPercent: number | null;
  /** Of the NVIDIA GPU whose memory is fullest. */
  readonly gpuMemoryPercent: number | null;
  /** Share of the last 10 s in which something that could run waited for a processor. */
  readonly cpuPressurePercent: number | null;
  /** Share of the last 10 s in which something waited for memory. */
  readonly memoryPressurePercent: number | null;
  /** `cgroup` where cpuPercent, memoryPercent or both are of a cgroup's limit. */
  readonly limitedBy: 'host' | 'cgroup';
  /** What memoryPercent is made of. */
  readonly memoryBytes: { readonly used: number; readonly limit: number } | null;
  /** Milliseconds since the epoch. */
  readonly sampledAt: number | null;
}

/** Nothing is known. */
export const UNKNOWN_LOAD: SystemLoad = Object.freeze({
  cpuPercent: null,
  memoryPercent: null,
  gpuPercent: null,
  gpuMemoryPercent: null,
  cpuPressurePercent: null,
  memoryPressurePercent: null,
  limitedBy: 'host',
  memoryBytes: null,
  sampledAt: null,
});
