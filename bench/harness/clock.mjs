/** Milliseconds of CLOCK_MONOTONIC: the same clock in every process of the machine, whole microseconds exact. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What `promise` resolves to; rejects when that takes longer than `ms`. */
export function within(ms, promise, what = 'it') {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
