/** Holds the longest read, with the line it completes. */
const SEGMENT_BYTES = 73_728;

/** What a store takes without segments first: little output should not cost a whole one. */
const FEW_BYTES = 65_536;

/** Segments that wait to be used again. */
const POOLED_SEGMENTS = 256;

const pool: Buffer[] = [];

/** Memory that several kept pieces share. */
export interface Segment {
  readonly memory: Buffer;
  /** Pieces in it that are not given back. */
  pieces: number;
}

/** A copy of some bytes, and the segment it is in; null where it is by itself. */
export interface KeptBytes {
  readonly bytes: Buffer;
  readonly segment: Segment | null;
}

/**
 * Keeps copies of bytes that are given back in the order in which they came. A flood goes through the same memory over and
 * over: fresh memory for each read would cost the collector several times what the copy costs.
 */
export class ByteStore {
  #seenBytes = 0;
  #segment: Segment | null = null;
  /** How much of the segment is taken. */
  #end = 0;

  keep(source: Buffer): KeptBytes {
    this.#seenBytes += source.length;
    if (this.#seenBytes <= FEW_BYTES || source.length > SEGMENT_BYTES)
      return { bytes: Buffer.from(source), segment: null };
    const segment = this.#roomFor(source.length);
    const start = this.#end;
    this.#end += source.length;
    segment.pieces++;
    segment.memory.set(source, start);
    return { bytes: segment.memory.subarray(start, this.#end), segment };
  }

  /** A piece is not needed any more: its bytes must not be used from then on. */
  giveBack(segment: Segment): void {
    segment.pieces--;
    if (segment.pieces > 0) return;
    if (segment === this.#segment) this.#end = 0;
    else if (pool.length < POOLED_SEGMENTS) pool.push(segment.memory);
  }

  /** Nothing is kept any more, and nothing will be. */
  close(): void {
    if (this.#segment?.pieces === 0 && pool.length < POOLED_SEGMENTS) pool.push(this.#segment.memory);
    this.#segment = null;
  }

  #roomFor(length: number): Segment {
    if (this.#segment !== null && this.#end + length <= SEGMENT_BYTES) return this.#segment;
    this.#segment = { memory: pool.pop() ?? Buffer.allocUnsafeSlow(SEGMENT_BYTES), pieces: 0 };
    this.#end = 0;
    return this.#segment;
  }
}
