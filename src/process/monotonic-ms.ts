/** Milliseconds of CLOCK_MONOTONIC: one clock for all processes since the machine's start. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
