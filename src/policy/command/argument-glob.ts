const MAX_CHARACTERS = 4096;

/**
 * A pattern for whole arguments: `?` stands for one character but `/`, `*` for any of them but `/`, `**` for any at all.
 * A way to a parent directory (`..`) fits only a pattern that has as many of them: `src/**` is not a way out of src.
 * Nothing over 4096 characters fits, but by the pattern `**`. Time is at most the product of both lengths.
 */
export class ArgumentGlob {
  readonly #tokens: readonly string[];
  readonly #parents: number;

  constructor(pattern: string) {
    this.#tokens = (pattern.match(/\*{2,}|[^]/gu) ?? []).map((token) => token.replace(/^\*{2,}$/, '**'));
    this.#parents = parentsIn(pattern);
  }

  fits(text: string): boolean {
    const tokens = this.#tokens;
    if (tokens.length === 1 && tokens[0] === '**') return true;
    if (text.length > MAX_CHARACTERS || parentsIn(text) > this.#parents) return false;
    // open[n]: the first n tokens can stand for all characters so far.
    const open = new Uint8Array(tokens.length + 1);
    open[0] = 1;
    skipRuns(tokens, open);
    for (const char of text) {
      for (let at = tokens.length; at >= 0; at -= 1) open[at] = isOpenAfter(char, at, tokens, open) ? 1 : 0;
      if (!open.includes(1)) return false;
      skipRuns(tokens, open);
    }
    return open[tokens.length] === 1;
  }
}

/** A run may stand for nothing. */
function skipRuns(tokens: readonly string[], open: Uint8Array): void {
  for (const [at, token] of tokens.entries()) if (open[at] === 1 && isRun(token)) open[at + 1] = 1;
}

function isOpenAfter(char: string, at: number, tokens: readonly string[], open: Uint8Array): boolean {
  const run = tokens[at] ?? '';
  if (open[at] === 1 && isRun(run) && isFor(run, char)) return true;
  return at > 0 && open[at - 1] === 1 && isFor(tokens[at - 1] ?? '', char);
}

function isRun(token: string): boolean {
  return token === '*' || token === '**';
}

function isFor(token: string, char: string): boolean {
  if (token === '**') return true;
  return token === '*' || token === '?' ? char !== '/' : token === char;
}

/** Also those in the value of an option: --output=../x, -I../x, -I.. */
function parentsIn(text: string): number {
  return text.match(/\.\.(?=\/)|(?<=^|[/=:,])\.\.(?=$|[/:,])|(?<=^-[A-Za-z]+)\.\.$/g)?.length ?? 0;
}
