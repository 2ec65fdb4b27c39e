/** What a cgroup may use and uses. Percents are 0 to 100, to one decimal. */
export interface CgroupLoad {
  /** Null where no limit of CPU time applies; its `percent` is null until there are two samples. */
  readonly cpu: { readonly percent: number | null } | null;
  /** Null where no limit of memory applies. `used` is without what the kernel can drop at once. */
  readonly memoryBytes: { readonly used: number; readonly limit: number } | null;
  /** Null where the kernel does not tell. */
  readonly cpuPressurePercent: number | null;
  readonly memoryPressurePercent: number | null;
}
