/** How often a byte stands in output, roughly: letters as in English (in thousandths), and what logs are made of beside them. */
const LETTERS = 'e120 t90 a80 o75 i75 n70 s65 r60 h50 d43 l40 c30 u28 m25 f22 p22 g20 w20 y20 b15 v10 k7 x3 j1 q1 z1';
const BLANK_SHARE = 150;
const DIGIT_SHARE = 40;
const PUNCTUATION_SHARE = 25;
const OTHER_SHARE = 5;
const PUNCTUATION = Buffer.from('.:,-_/"');

/** A window stops for a closer look where its last two bytes are those of a text: worse than a short step. */
const STOP_COST = 6;

const shares = shareTable();

/**
 * Where in a text the window of so many bytes begins that moves fastest over output: the pairs of bytes that hold it up, the
 * last ones most, are seldom there.
 */
export function rareWindow(text: Buffer, windowBytes: number): number {
  let best = 0;
  let bestCost = Infinity;
  for (let start = 0; start + windowBytes <= text.length; start++) {
    let cost = 0;
    for (let at = 1; at < windowBytes; at++) {
      const share = shareOf(text[start + at - 1]) * shareOf(text[start + at]);
      cost += share * at * (at === windowBytes - 1 ? STOP_COST : 1);
    }
    if (cost < bestCost) [best, bestCost] = [start, cost];
  }
  return best;
}

function shareOf(byte: number | undefined): number {
  return shares[byte ?? 0] as number;
}

function shareTable(): Float64Array {
  const table = new Float64Array(256).fill(OTHER_SHARE);
  for (const each of LETTERS.split(' ')) table[each.charCodeAt(0)] = Number(each.slice(1));
  for (const digit of Buffer.from('0123456789')) table[digit] = DIGIT_SHARE;
  for (const sign of PUNCTUATION) table[sign] = PUNCTUATION_SHARE;
  table[0x20] = BLANK_SHARE;
  return table;
}
