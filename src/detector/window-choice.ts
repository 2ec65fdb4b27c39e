import { pairAt } from './shift-table.js';

/** A window that must be looked at holds the others up, like a move that is shorter by so many bytes. */
const LOOK_COST = 100;

/** How often a byte stands in output, roughly: letters as in English (in thousandths), and what logs are made of beside them. */
const LETTERS = 'e120 t90 a80 o75 i75 n70 s65 r60 h50 d43 l40 c30 u28 m25 f22 p22 g20 w20 y20 b15 v10 k7 x3 j1 q1 z1';
const BLANK_SHARE = 150;
const DIGIT_SHARE = 40;
const PUNCTUATION_SHARE = 25;
const OTHER_SHARE = 5;
const PUNCTUATION = Buffer.from('.:,-_/"');

const shares = new Float64Array(256).fill(OTHER_SHARE);
for (const each of LETTERS.split(' ')) shares[each.charCodeAt(0)] = Number(each.slice(1));
for (const digit of Buffer.from('0123456789')) shares[digit] = DIGIT_SHARE;
for (const sign of PUNCTUATION) shares[sign] = PUNCTUATION_SHARE;
shares[0x20] = BLANK_SHARE;

/**
 * Where in a text the window of so many bytes begins that holds up the search least: its pairs of bytes, above all the first
 * one, are rare in output, or those of other windows.
 * @param shifts how far a window may move so far, by its first two bytes
 */
export function windowStart(text: Buffer, windowBytes: number, shifts: Uint8Array): number {
  let best = 0;
  let leastCost = Infinity;
  for (let start = 0; start + windowBytes <= text.length; start++) {
    let cost = 0;
    for (let shift = 0; shift < windowBytes - 1; shift++) {
      const at = start + shift;
      const lost = (shifts[pairAt(text, at)] as number) - shift;
      if (lost > 0) cost += shareOf(text[at]) * shareOf(text[at + 1]) * (lost + (shift === 0 ? LOOK_COST : 0));
    }
    if (cost < leastCost) [best, leastCost] = [start, cost];
  }
  return best;
}

function shareOf(byte: number | undefined): number {
  return shares[byte ?? 0] as number;
}
