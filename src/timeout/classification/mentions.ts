import { plainWords } from './plain-words.js';

/** Words and phrases that a text may mention, whole words whatever their case; a * at the end stands for any ending. */
export class Mentions {
  readonly #phrases: readonly string[];

  constructor(mentions: readonly string[]) {
    this.#phrases = mentions.map((mention) =>
      mention.endsWith('*') ? plainWords(mention).trimEnd() : plainWords(mention),
    );
  }

  /** @param text as `plainWords` gives it */
  occurIn(text: string): boolean {
    return this.#phrases.some((phrase) => text.includes(phrase));
  }
}
