import type { CommandWord } from './simple-command.js';

/** Where the arguments stand that are no options, values of options or -- , behind the program at `program`. */
export function operandIndices(
  words: readonly CommandWord[],
  program: number,
  valueOptions: ReadonlySet<string>,
): number[] {
  const indices: number[] = [];
  for (let at = program + 1; at < words.length; at += 1) {
    const text = words[at]?.text ?? '';
    if (valueOptions.has(text)) at += 1;
    else if (!isOption(text)) indices.push(at);
  }
  return indices;
}

/** -x, --long, --, +nightly; a text with blanks is none. */
export function isOption(text: string): boolean {
  return /^(-|\+.)[^ \n]*$/.test(text) && text !== '-';
}
