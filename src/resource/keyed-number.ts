import { kernelNumber } from './kernel-number.js';

/** The number in the line `KEY NUMBER` of a flat keyed file, as cpu.stat and memory.stat are; null where it has none. */
export function keyedNumber(text: string | null, key: string): number | null {
  const line = text?.split('\n').find((each) => each.startsWith(`${key} `));
  return kernelNumber(line?.slice(key.length + 1));
}
