import { createHash } from 'node:crypto';

/** A stream of random numbers that is the same for the same seed. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
    for (let i = 0; i < 8; i++) this.uniform();
  }

  /** Another stream for each text. */
  static of(text) {
    return new Random(createHash('sha256').update(text).digest().readUInt32LE());
  }

  /** In [0, 1). Mulberry32 (T. Ettinger, public domain). */
  uniform() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  between(least, most) {
    return least + (most - least) * this.uniform();
  }

  chance(share) {
    return this.uniform() < share;
  }

  /** Lognormal with this median; sigma of its logarithm. */
  lognormal(median, sigma) {
    // G. E. P. Box, M. E. Muller, "A note on the generation of random normal deviates", 1958.
    const normal = Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
    return median * Math.exp(sigma * normal);
  }
}
