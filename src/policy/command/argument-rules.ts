import { ArgumentGlob } from './argument-glob.js';

/** What the arguments of a program may be. Null = anything. */
export interface ArgumentLimits {
  /** What the arguments begin with, of one or several words. */
  readonly subcommands: readonly string[] | null;
  /** Patterns of which each argument that begins with - must fit one. */
  readonly allowedOptions: readonly string[] | null;
  readonly deniedOptions: readonly string[];
  /** Patterns of which each other argument, the subcommand aside, must fit one. */
  readonly operands: readonly string[] | null;
  readonly deniedOperands: readonly string[];
  readonly maxArguments: number;
}

/** The rules for the arguments of one program. `--` gives no argument another meaning, as not every program heeds it. */
export class ArgumentRules {
  readonly #allowedOptions: readonly ArgumentGlob[] | null;
  readonly #deniedOptions: readonly ArgumentGlob[];
  readonly #operands: readonly ArgumentGlob[] | null;
  readonly #deniedOperands: readonly ArgumentGlob[];
  readonly #subcommands: readonly (readonly string[])[] | null;

  constructor(private readonly limits: ArgumentLimits) {
    const globs = (patterns: readonly string[]): ArgumentGlob[] => patterns.map((each) => new ArgumentGlob(each));
    this.#allowedOptions = limits.allowedOptions && globs(limits.allowedOptions);
    this.#deniedOptions = globs(limits.deniedOptions);
    this.#operands = limits.operands && globs(limits.operands);
    this.#deniedOperands = globs(limits.deniedOperands);
    this.#subcommands = limits.subcommands?.map((each) => each.split(' ')) ?? null;
  }

  /** Why the arguments are not allowed, or null. */
  fault(words: readonly string[]): string | null {
    const { maxArguments } = this.limits;
    if (words.length > maxArguments) return `at most ${maxArguments} arguments are allowed`;
    const subcommand = this.#subcommands?.find((each) => each.every((word, index) => words[index] === word));
    if (this.#subcommands !== null && subcommand === undefined)
      return `the first argument must be one of ${(this.limits.subcommands ?? []).join(', ')}`;
    for (const word of words.slice(subcommand?.length ?? 0)) {
      const fault = isOption(word) ? this.#optionFault(word) : this.#operandFault(word);
      if (fault !== null) return fault;
    }
    return null;
  }

  #optionFault(word: string): string | null {
    const isExactlyAllowed = this.limits.allowedOptions?.includes(word.split('=', 1)[0] ?? '') === true;
    const isDenied =
      this.#deniedOptions.some((glob) => glob.fits(word)) ||
      (!isExactlyAllowed && this.limits.deniedOptions.some((option) => isFormOf(option, word)));
    if (isDenied) return `the option ${shown(word)} is denied`;
    if (this.#allowedOptions === null || this.#allowedOptions.some((glob) => glob.fits(word))) return null;
    return `the option ${shown(word)} is not among those allowed`;
  }

  #operandFault(word: string): string | null {
    if (this.#deniedOperands.some((glob) => glob.fits(word))) return `the argument ${shown(word)} is denied`;
    if (this.#operands === null || this.#operands.some((glob) => glob.fits(word))) return null;
    return `the argument ${shown(word)} is not among those allowed`;
  }
}

/** A lone - names stdin or stdout by convention: an operand. */
function isOption(word: string): boolean {
  return word.startsWith('-') && word !== '-';
}

/**
 * True where a program may take the argument for the denied option: with a value after = (or, of a short one, after it),
 * abbreviated (--upl for --upload-pack), or among other letters (-xO for -O). Rather too much than too little.
 */
function isFormOf(option: string, word: string): boolean {
  const [name = ''] = word.split('=', 1);
  if (/^-[^-]$/.test(option)) return !word.startsWith('--') && word.includes(option.charAt(1));
  return (name.length > 2 && option.startsWith(name)) || (name.startsWith('--') && `-${option}` === name);
}

function shown(word: string): string {
  return JSON.stringify(word.slice(0, 64));
}
