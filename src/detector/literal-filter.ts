import { isTextAt, ShiftTable } from './shift-table.js';
import { WindowScan } from './window-scan.js';

const BRACE = 0x7b;

/** Texts of so many bytes are looked for together: the shortest one decides how far a window may move. */
const LONG_BYTES = 8;
/** Bytes that most output has few of, by which a short text can be found. */
const SELDOM = Buffer.from('!?|~^`&;%');
/** They are not seldom after all. */
const MAX_MISSES = 32;

interface ShortText {
  readonly text: Buffer;
  readonly byte: number;
  readonly offset: number;
}

/** Tells whether, and where, one of many texts stands. ASCII letters of either case are one. */
export class LiteralFilter {
  readonly #all: ShiftTable;
  /** What `mayHave` looks for together; null where there is no such text. */
  readonly #long: WindowScan | null;
  readonly #short: readonly ShortText[];
  /** Those that count in any line; null where there are none. */
  readonly #words: ShiftTable | null;

  /**
   * Of both kinds together one text at least, in lower case, of four bytes or more each.
   * @param texts that may stand anywhere
   * @param bracedTexts that count in lines alone that begin with {
   */
  constructor(texts: readonly string[], bracedTexts: readonly string[] = []) {
    const all = buffers([...texts, ...bracedTexts]);
    const short = all.filter(({ length }) => length < LONG_BYTES).map(shortText);
    const areSeldom = short.every((each) => each !== null);
    this.#short = areSeldom ? short : [];
    const long = areSeldom ? all.filter(({ length }) => length >= LONG_BYTES) : all;
    this.#long = long.length === 0 ? null : new WindowScan(long);
    this.#all = new ShiftTable(all);
    this.#words = texts.length === 0 ? null : new ShiftTable(buffers(texts));
  }

  /** Whether there may be a text within `from` and `end`; false = there is none. */
  mayHave(bytes: Buffer, from: number, end: number): boolean {
    return (
      this.#short.some((each) => mayHaveShort(each, bytes, from, end)) || this.#long?.mayHave(bytes, from, end) === true
    );
  }

  /** Whether a line has a text that counts in it. */
  isIn(line: Buffer): boolean {
    const table = line[0] === BRACE ? this.#all : this.#words;
    return table !== null && table.find(line, 0, line.length) !== -1;
  }

  /** Where the first text begins that is within `from` and `end`, or a shorter one that stands in it; -1 = none is. */
  find(bytes: Uint8Array, from: number, end: number): number {
    return this.#all.find(bytes, from, end);
  }
}

/** The texts but for those in which another one stands: where they are, it is too. */
function buffers(texts: readonly string[]): Buffer[] {
  const distinct = [...new Set(texts)];
  const smallest = distinct.filter((text) => !distinct.some((other) => other !== text && text.includes(other)));
  return smallest.map((text) => Buffer.from(text));
}

function shortText(text: Buffer): ShortText | null {
  const offset = text.findIndex((byte) => SELDOM.includes(byte));
  return offset === -1 ? null : { text, byte: text[offset] as number, offset };
}

function mayHaveShort({ text, byte, offset }: ShortText, bytes: Buffer, from: number, end: number): boolean {
  let at = bytes.indexOf(byte, from);
  for (let misses = 0; at !== -1 && at < end; misses++) {
    if (misses >= MAX_MISSES || isTextAt(bytes, at - offset, end, text)) return true;
    at = bytes.indexOf(byte, at + 1);
  }
  return false;
}
