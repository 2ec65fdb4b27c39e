/** What an execution uses: all processes of its tree together. Seconds and bytes; the totals never fall. */
export interface Usage {
  /** CPU time of all its processes so far, those that have ended included. */
  readonly cpuSeconds: number;
  /** Of one core, over the last half to two seconds, or over the whole life where it is shorter. */
  readonly cpuPercent: number;
  /** Resident memory now. What two processes share counts twice. */
  readonly rssBytes: number;
  /** The highest `rssBytes` that was seen. */
  readonly maxRssBytes: number;
  /** Bytes given to read(2) and write(2) and their kin so far, whatever they led to. */
  readonly ioBytes: number;
}

/** What an execution had used when its own process ended. */
export interface FinalUsage {
  readonly cpuSeconds: number;
  /** Null where it ended before it was measured. */
  readonly maxRssBytes: number | null;
}
