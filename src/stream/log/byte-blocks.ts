/** Bytes are kept in blocks of a multiple of this; what fits in fewer than two of them is not worth a block of its own. */
const STEP_BYTES = 8192;
const LEAST_STEPS = 2;
/** The longest read, with the line it completes. */
const MOST_STEPS = 9;

/** What blocks that wait to be used again may take together. */
const MOST_POOLED_BYTES = 16_777_216;

let pooledBytes = 0;
const pools: Buffer[][] = Array.from({ length: MOST_STEPS + 1 }, () => []);

/** A copy of some bytes. */
export interface KeptBytes {
  readonly bytes: Buffer;
  /** What is to be given back when the copy is not needed any more; null = nothing. */
  readonly block: Buffer | null;
}

/**
 * Copies bytes out of the buffer they were read into. A flood is copied into the same few blocks over and over: fresh
 * memory for each read would cost several times as much.
 */
export function keepBytes(source: Buffer): KeptBytes {
  const steps = Math.ceil(source.length / STEP_BYTES);
  if (steps < LEAST_STEPS || steps > MOST_STEPS) return { bytes: Buffer.from(source), block: null };
  const block = takeBlock(steps);
  source.copy(block);
  return { bytes: block.subarray(0, source.length), block };
}

/** Takes a block back: what was read from it must not be used any more. */
export function giveBlock(block: Buffer): void {
  const pool = pools[block.length / STEP_BYTES];
  if (pool === undefined || pooledBytes + block.length > MOST_POOLED_BYTES) return;
  pool.push(block);
  pooledBytes += block.length;
}

function takeBlock(steps: number): Buffer {
  const pooled = pools[steps]?.pop();
  if (pooled === undefined) return Buffer.allocUnsafeSlow(steps * STEP_BYTES);
  pooledBytes -= pooled.length;
  return pooled;
}
