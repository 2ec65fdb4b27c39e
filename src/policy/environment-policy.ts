import { isDangerousVariable } from './dangerous-variables.js';

/** What a client may say of the language, the time zone and the terminal of its commands. */
const HARMLESS =
  `LANG LANGUAGE LC_* TZ TERM COLORTERM COLUMNS LINES NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE CI`.split(' ');

/** The service's own marks on what it runs. */
const OWN_MARK = 'CC_EXECUTOR_';

/** Which environment variables a client may give to a command. */
export class EnvironmentPolicy {
  readonly #names: ReadonlySet<string> | null;
  readonly #prefixes: readonly string[];
  readonly #areValuesPlain: boolean;

  /**
   * @param allowed names, or beginnings of names with a * at the end, which do not mean a variable that makes programs run
   * or load others; `any`: every variable; `harmless`: those of language, time zone and terminal, with values that lead
   * to no file
   */
  constructor(allowed: readonly string[] | 'any' | 'harmless') {
    const entries = allowed === 'harmless' ? HARMLESS : allowed;
    this.#names = entries === 'any' ? null : new Set(entries.filter((entry) => !entry.endsWith('*')));
    this.#prefixes =
      entries === 'any' ? [] : entries.filter((entry) => entry.endsWith('*')).map((entry) => entry.slice(0, -1));
    this.#areValuesPlain = allowed === 'harmless';
  }

  /** The first variable that is not allowed, or null. */
  refused(environment: Readonly<Record<string, string>>): string | null {
    return Object.entries(environment).find(([name, value]) => !this.#allows(name, value))?.[0] ?? null;
  }

  #allows(name: string, value: string): boolean {
    if (name.startsWith(OWN_MARK)) return false;
    if (this.#names === null) return true;
    if (this.#areValuesPlain && !isPlain(value)) return false;
    if (this.#names.has(name)) return true;
    const isMeant = this.#prefixes.some((prefix) => name.startsWith(prefix));
    return isMeant && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !isDangerousVariable(name);
  }
}

/** The C library takes a time zone or a language that begins with : or / or climbs by .. for a path. */
function isPlain(value: string): boolean {
  return !/^[:/]|\.\.|[\0\n]/.test(value);
}
