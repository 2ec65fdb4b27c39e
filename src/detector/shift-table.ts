/**
 * Looks for many texts at once, passing over most bytes unseen: S. Wu and U. Manber, "A fast algorithm for multi-pattern
 * searching", 1994, with blocks of two bytes. ASCII letters of either case are one. The time is linear in the bytes.
 */
export class ShiftTable {
  /** First bytes of each text that are looked for; one window of them moves over the bytes. */
  readonly #window: number;
  /** How far the window may move when its last two bytes are these, the first of them the lower one of the number. */
  readonly #shifts = new Uint8Array(65_536);
  /** 1 for the first two bytes of a window: most places where only the last two are a text's are known by them. */
  readonly #beginnings = new Uint8Array(65_536);
  /** The texts whose window ends with these two bytes. */
  readonly #ending = new Map<number, Buffer[]>();

  /** @param texts in lower case, one at least, of two bytes or more each */
  constructor(texts: readonly Buffer[]) {
    this.#window = Math.min(255, ...texts.map(({ length }) => length));
    this.#shifts.fill(this.#window - 1);
    for (const text of texts) this.#add(text);
  }

  /** Where the first text begins that is within `from` and `end`; -1 = none is. */
  find(bytes: Uint8Array, from: number, end: number): number {
    const shifts = this.#shifts;
    let last = from + this.#window - 1;
    while (last < end) {
      const shift = shifts[pairAt(bytes, last - 1)] as number;
      if (shift > 0) last += shift;
      else if (this.#endsWindow(bytes, last, end)) return last - this.#window + 1;
      else last++;
    }
    return -1;
  }

  #add(text: Buffer): void {
    for (const pair of pairsOf(text, 0)) this.#beginnings[pair] = 1;
    for (let at = 1; at < this.#window; at++) {
      const shift = this.#window - 1 - at;
      for (const pair of pairsOf(text, at - 1)) {
        this.#shifts[pair] = Math.min(this.#shifts[pair] as number, shift);
        if (shift > 0) continue;
        const others = this.#ending.get(pair);
        if (others === undefined) this.#ending.set(pair, [text]);
        else others.push(text);
      }
    }
  }

  /** Whether a text's window ends there, and all of the text stands there before `end`. */
  #endsWindow(bytes: Uint8Array, last: number, end: number): boolean {
    const start = last - this.#window + 1;
    if (this.#beginnings[pairAt(bytes, start)] === 0) return false;
    const texts = this.#ending.get(pairAt(bytes, last - 1)) ?? [];
    return texts.some((text) => isTextAt(bytes, start, end, text));
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

/** The two bytes of a text from there on as numbers like those of `pairAt`, with its letters in either case. */
export function pairsOf(text: Uint8Array, at: number): number[] {
  const [first = 0, second = 0] = text.subarray(at, at + 2);
  return cases(first).flatMap((one) => cases(second).map((other) => one | (other << 8)));
}

/** Two bytes as a number, the first of them the lower one. */
export function pairAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

function cases(byte: number): number[] {
  return byte >= 97 && byte <= 122 ? [byte, byte - 32] : [byte];
}
