/** Globs, of which one fits a text or none does: * stands for any characters, ? for one. Linear in the text's length. */
export class GlobSet {
  readonly #literals: ReadonlySet<string>;
  readonly #patterns: readonly string[];

  constructor(globs: readonly string[]) {
    this.#literals = new Set(globs.filter((glob) => !isPattern(glob)));
    this.#patterns = globs.filter(isPattern);
  }

  /** The globs that stand for themselves alone. */
  get literals(): ReadonlySet<string> {
    return this.#literals;
  }

  get hasPatterns(): boolean {
    return this.#patterns.length > 0;
  }

  has(text: string): boolean {
    return this.#literals.has(text) || this.#patterns.some((pattern) => fits(pattern, text));
  }
}

function isPattern(glob: string): boolean {
  return /[*?]/.test(glob);
}

/** On a mismatch only the last * takes one character more: at most the product of both lengths. */
function fits(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let starAt = 0;
  let next = 0;
  while (at < text.length) {
    const char = pattern[next];
    if (char === '*') {
      star = next;
      starAt = at;
      next += 1;
    } else if (char !== undefined && (char === '?' || char === text[at])) {
      next += 1;
      at += 1;
    } else if (star !== -1) {
      starAt += 1;
      at = starAt;
      next = star + 1;
    } else return false;
  }
  while (pattern[next] === '*') next += 1;
  return next === pattern.length;
}
