/** One run of a component, as it is kept in a file. */
export interface CapturedRun {
  /** The program that was run. */
  readonly filename: string;
  readonly module: string;
  /** Of the start, in UTC: YYYYMMDD_HHMMSS. */
  readonly timestamp: string;
  /** Of the start: ISO 8601. */
  readonly execution_time: string;
  readonly duration_seconds: number;
  /** All it printed, to both streams. */
  readonly output: string;
  readonly line_count: number;
  readonly success: boolean;
  /** It did not come to its own end: it was refused, crashed, or took too long. */
  readonly has_error: boolean;
  /** `exit N`, `signal NAME`, or `time limit of N s`. */
  readonly exit_status: string;
}
