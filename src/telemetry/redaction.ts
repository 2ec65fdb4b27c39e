import { SECRET_PATTERNS, type SecretPattern } from './secret-patterns.js';

/** Characters looked at; what is beyond is cut off, so that no text is too much. */
const MAX_CHARACTERS = 262_144;

/** Masks secrets in texts for people to read: those known by their form, and those the operator names. */
export class Redaction {
  readonly #patterns: readonly SecretPattern[];

  /** @param secrets texts to mask; one that ends with `*` is the start of a word, which is masked to its end */
  constructor(secrets: readonly string[]) {
    this.#patterns = [...secrets.map(patternOf), ...SECRET_PATTERNS];
  }

  /** The text with every secret as `***`. Never throws; the time is linear in the text's length. */
  mask(text: string): string {
    const bounded = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)} … (cut)` : text;
    return this.#patterns.reduce((masked, { form, mask }) => masked.replace(form, mask), bounded);
  }
}

function patternOf(secret: string): SecretPattern {
  const isStart = secret.endsWith('*');
  const literal = (isStart ? secret.slice(0, -1) : secret).replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  return { form: new RegExp(isStart ? `${literal}[^\\s"'&;,]*` : literal, 'g'), mask: '***' };
}
