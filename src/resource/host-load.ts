/** What the whole machine has and uses; figures of a container's host lie about the container. */
export interface HostLoad {
  /** 0 to 100, to one decimal; null until there are two samples and where it cannot be told. */
  readonly cpuPercent: number | null;
  /** Processors that are online. */
  readonly cpus: number;
  /** `used` is without what the kernel can drop at once. */
  readonly memoryBytes: { readonly used: number; readonly limit: number };
}
