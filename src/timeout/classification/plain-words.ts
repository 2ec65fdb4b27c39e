/** A text in lower case, with one blank before, between and after its words: all that is no letter or digit is a gap. */
export function plainWords(text: string): string {
  return ` ${text.toLowerCase()} `.replaceAll(/[^\p{L}\p{N}]+/gu, ' ');
}
