/** What all processes of one execution may use together, or each of them where it is said so; null = no limit. */
export interface ResourceLimits {
  readonly cpuSeconds: number | null;
  readonly memoryBytes: number | null;
  /** Both streams together. */
  readonly outputBytes: number | null;
  /** Of each file that is written. */
  readonly fileBytes: number | null;
  readonly processes: number | null;
  /** Of each process. */
  readonly openFiles: number | null;
}
