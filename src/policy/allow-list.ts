import { PolicyError } from './policy-error.js';

/** Characters that no shell gives a meaning to, wherever they stand in a word. */
const LITERAL_WORD = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/;

/**
 * Names that may run. With a list, a command is one simple command of literal words: anything that a shell would
 * interpret is refused, and so is an environment of the client's, which could turn an allowed program into another.
 */
export class AllowList {
  readonly #names: ReadonlySet<string> | null;

  /** @param names null = every command is allowed, an empty list = none */
  constructor(names: readonly string[] | null) {
    this.#names = names === null ? null : new Set(names);
  }

  /** @throws PolicyError */
  check(
    program: { readonly command: string } | { readonly argv: readonly string[] },
    environment: Readonly<Record<string, string>>,
  ): void {
    if (this.#names === null) return;
    const words = 'argv' in program ? program.argv : literalWords(program.command);
    const [name = ''] = words;
    if (!this.#names.has(name)) throw new PolicyError(name, 'not_on_allow_list');
    if (Object.keys(environment).length > 0) throw new PolicyError(name, 'environment_with_allow_list');
  }
}

function literalWords(command: string): string[] {
  const words = command.split(/[ \t]+/).filter((word) => word !== '');
  const first = /^[A-Za-z0-9_.+/-]+/.exec(words[0] ?? '')?.[0] ?? words[0] ?? '';
  if (words.some((word) => !LITERAL_WORD.test(word))) throw new PolicyError(first, 'shell_syntax');
  return words;
}
