/** Bytes are kept in blocks of a multiple of this; what fits in fewer than two of them is not worth a block of its own. */
const STEP_BYTES = 8192;
const LEAST_STEPS = 2;
/** The longest read, with the line it completes. */
const MOST_STEPS = 9;

/** Blocks of one size that are kept for the next. */
const POOLED_BLOCKS = 32;

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
  const block = pools[steps]?.pop() ?? Buffer.allocUnsafeSlow(steps * STEP_BYTES);
  source.copy(block);
  return { bytes: block.subarray(0, source.length), block };
}

/** Takes a block back: what was read from it must not be used any more. */
export function giveBlock(block: Buffer): void {
  const pool = pools[block.length / STEP_BYTES];
  if (pool !== undefined && pool.length < POOLED_BLOCKS) pool.push(block);
}
