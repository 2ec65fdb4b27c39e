/** Fewer bytes than these are not worth four windows. */
const MIN_QUARTERED_BYTES = 1024;

interface Windowed {
  readonly text: Buffer;
  readonly offset: number;
}

/**
 * Looks for many texts at once, passing over most bytes unseen: S. Wu and U. Manber, "A fast algorithm for multi-pattern
 * searching", 1994, with blocks of two bytes. ASCII letters of either case are one. The time is linear in the bytes.
 */
export class ShiftTable {
  /** Bytes of each text that are looked for; one window of them moves over the bytes. */
  readonly #window: number;
  /** How far the window may move when its last two bytes are these, the first of them the lower one of the number. */
  readonly #shifts = new Uint8Array(65_536);
  /** 1 for the first two bytes of a window: most places where only the last two are a text's are known by them. */
  readonly #beginnings = new Uint8Array(65_536);
  /** The texts whose window ends with these two bytes, and where in them it begins. */
  readonly #ending = new Map<number, Windowed[]>();

  /**
   * @param texts in lower case, one at least, of two bytes or more each
   * @param windowOf where in a text its window of so many bytes begins
   */
  constructor(texts: readonly Buffer[], windowOf: (text: Buffer, windowBytes: number) => number = () => 0) {
    this.#window = Math.min(255, ...texts.map(({ length }) => length));
    this.#shifts.fill(this.#window - 1);
    for (const text of texts) this.#add({ text, offset: windowOf(text, this.#window) });
  }

  /** Where the first text's window begins, of the texts that are within `from` and `end`; -1 = none is. */
  find(bytes: Uint8Array, from: number, end: number): number {
    const shifts = this.#shifts;
    let last = from + this.#window - 1;
    while (last < end) {
      const shift = shifts[pairAt(bytes, last - 1)] as number;
      if (shift > 0) last += shift;
      else if (this.#endsWindow(bytes, last, from, end)) return last - this.#window + 1;
      else last++;
    }
    return -1;
  }

  /** Whether a text is within `from` and `end`: as `find`, in a third of its time, as four windows need not wait for each other. */
  has(bytes: Uint8Array, from: number, end: number): boolean {
    if (end - from < MIN_QUARTERED_BYTES) return this.find(bytes, from, end) !== -1;
    const shifts = this.#shifts;
    // One load for two bytes, and one check of its bounds.
    const pairs = new DataView(bytes.buffer, bytes.byteOffset, end);
    const quarter = (end - from) >> 2;
    let first = from + this.#window - 1;
    let second = first + quarter;
    let third = second + quarter;
    let fourth = third + quarter;
    // Each begins where the one before it may end; the last one reaches the end first, or not much later.
    const firstEnd = second;
    while (first < firstEnd && fourth < end) {
      let one = shifts[pairs.getUint16(first - 1, true)] as number;
      let two = shifts[pairs.getUint16(second - 1, true)] as number;
      let three = shifts[pairs.getUint16(third - 1, true)] as number;
      let four = shifts[pairs.getUint16(fourth - 1, true)] as number;
      if (one === 0 || two === 0 || three === 0 || four === 0) {
        if (one === 0 && this.#endsWindow(bytes, first, from, end)) return true;
        if (two === 0 && this.#endsWindow(bytes, second, from, end)) return true;
        if (three === 0 && this.#endsWindow(bytes, third, from, end)) return true;
        if (four === 0 && this.#endsWindow(bytes, fourth, from, end)) return true;
        one ||= 1;
        two ||= 1;
        three ||= 1;
        four ||= 1;
      }
      first += one;
      second += two;
      third += three;
      fourth += four;
    }
    const back = this.#window - 1;
    const ends = [from + quarter, from + 2 * quarter, from + 3 * quarter, end];
    return [first, second, third, fourth].some((last, index) => {
      const until = Math.min(end, (ends[index] as number) + back);
      return last < until && this.#hasFrom(bytes, last, until, from, end);
    });
  }

  /** As `find`, of the windows whose last bytes are within `last` and `until`. */
  #hasFrom(bytes: Uint8Array, last: number, until: number, from: number, end: number): boolean {
    const shifts = this.#shifts;
    while (last < until) {
      const shift = shifts[pairAt(bytes, last - 1)] as number;
      if (shift === 0 && this.#endsWindow(bytes, last, from, end)) return true;
      last += shift || 1;
    }
    return false;
  }

  #add(windowed: Windowed): void {
    const { text, offset } = windowed;
    for (const pair of pairs(text[offset] as number, text[offset + 1] as number)) this.#beginnings[pair] = 1;
    for (let at = 1; at < this.#window; at++) {
      const shift = this.#window - 1 - at;
      for (const pair of pairs(text[offset + at - 1] as number, text[offset + at] as number)) {
        this.#shifts[pair] = Math.min(this.#shifts[pair] as number, shift);
        if (shift > 0) continue;
        const others = this.#ending.get(pair);
        if (others === undefined) this.#ending.set(pair, [windowed]);
        else others.push(windowed);
      }
    }
  }

  /** Whether a text's window ends there, and all of the text stands there within `from` and `end`. */
  #endsWindow(bytes: Uint8Array, last: number, from: number, end: number): boolean {
    const start = last - this.#window + 1;
    if (this.#beginnings[pairAt(bytes, start)] === 0) return false;
    for (const { text, offset } of this.#ending.get(pairAt(bytes, last - 1)) ?? [])
      if (start - offset >= from && isTextAt(bytes, start - offset, end, text)) return true;
    return false;
  }
}

/** Whether the text, which is in lower case, stands there before `end`. */
export function isTextAt(bytes: Uint8Array, start: number, end: number, text: Buffer): boolean {
  if (start < 0 || start + text.length > end) return false;
  for (let at = 0; at < text.length; at++) {
    const byte = bytes[start + at] as number;
    if (byte !== text[at] && (byte < 65 || byte > 90 || (byte | 32) !== text[at])) return false;
  }
  return true;
}

/** Two bytes as a number, as `DataView.getUint16` reads them with the lower one first. */
function pairAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

/** A pair of bytes with its letters in either case. */
function pairs(one: number, other: number): number[] {
  return cases(one).flatMap((first) => cases(other).map((second) => first | (second << 8)));
}

function cases(byte: number): number[] {
  return byte >= 97 && byte <= 122 ? [byte, byte - 32] : [byte];
}
