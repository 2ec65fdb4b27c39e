import type { PlacedWord } from './flatten.js';

const BLANKS = String.raw`(?:[ \t]|\\\n)`;
const COMMENT = String.raw`(?<=[ \t\n;&|]|^)#[^\n]*(?![^\n])`;
const LINES = String.raw`(?:[ \t\n]|\\\n|${COMMENT})*`;

/** What may stand before a word, by what it says is there. */
const GAPS: Readonly<Record<PlacedWord['before'] | 'end', RegExp>> = {
  start: new RegExp(LINES, 'y'),
  blank: new RegExp(`${BLANKS}+`, 'y'),
  '|': new RegExp(String.raw`${BLANKS}*\|${LINES}`, 'y'),
  '&&': new RegExp(String.raw`${BLANKS}*&&${LINES}`, 'y'),
  '||': new RegExp(String.raw`${BLANKS}*\|\|${LINES}`, 'y'),
  ';': new RegExp(String.raw`${BLANKS}*(?:${COMMENT})?[;\n]${LINES}`, 'y'),
  end: new RegExp(String.raw`${BLANKS}*;?${LINES}`, 'y'),
};

/**
 * True where the source is these words, and between them nothing but blanks, comments and the operators they say are
 * before them.
 */
export function isOnlyWords(source: string, words: readonly PlacedWord[]): boolean {
  let from = 0;
  for (const { before, pos, end, source: text } of words) {
    if (gapEnd(before, source, from) !== pos || source.slice(pos, end) !== text) return false;
    from = end;
  }
  return gapEnd('end', source, from) === source.length;
}

/** Where a gap that begins at an index ends; -1 where there is none. */
function gapEnd(before: keyof typeof GAPS, source: string, from: number): number {
  const gap = GAPS[before];
  gap.lastIndex = from;
  return gap.test(source) ? gap.lastIndex : -1;
}
