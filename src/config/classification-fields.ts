const MAX_ENTRIES = 2000;
const MAX_ENTRY_CHARACTERS = 128;

/** The fields of one map of a table, by their names. What is wrong with one goes to `fault` with the map's place. */
export class ClassificationFields {
  readonly #isMap: boolean;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(
    source: unknown,
    readonly place: string,
    allowed: readonly string[],
    private readonly fault: (text: string) => void,
  ) {
    this.#isMap = typeof source === 'object' && source !== null && !Array.isArray(source);
    this.#values = this.#isMap ? (source as Record<string, unknown>) : {};
    const map = place || 'the file';
    if (!this.#isMap) fault(`${map} must be a map of ${allowed.join(', ')}`);
    for (const name of Object.keys(this.#values)) {
      if (!allowed.includes(name))
        fault(`${map} has no field ${JSON.stringify(name.slice(0, 64))}; there are ${allowed.join(', ')}`);
    }
  }

  /** Tells that the field must be given. */
  require(name: string): void {
    if (this.#isMap && this.#value(name) === undefined) this.fault(`${this.place}.${name} must be given`);
  }

  /** Texts of a list, or of one text with commas between; undefined where it is absent or faulty. */
  texts(name: string): readonly string[] | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    const entries: unknown[] = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [value];
    const texts = entries.map((entry) => (typeof entry === 'string' ? entry.trim().replace(/[ \t\r\n]+/g, ' ') : ''));
    if (texts.length > 0 && texts.length <= MAX_ENTRIES && texts.every(isEntry)) return texts;
    this.fault(
      `${this.place}.${name} must be a list of 1 to ${MAX_ENTRIES} texts of 1 to ${MAX_ENTRY_CHARACTERS} characters; true, null and numbers are quoted`,
    );
    return undefined;
  }

  /** Whole numbers of a list, or a single one. */
  wholeNumbers(name: string, min: number, max: number): readonly number[] | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    const numbers: unknown[] = Array.isArray(value) ? value : [value];
    if (numbers.length > 0 && numbers.length <= MAX_ENTRIES && numbers.every((number) => isWhole(number, min, max)))
      return numbers as number[];
    this.fault(`${this.place}.${name} must be a list of whole numbers from ${min} to ${max}`);
    return undefined;
  }

  wholeNumber(name: string, min: number, max: number): number | undefined {
    const value = this.#value(name);
    if (value === undefined || isWhole(value, min, max)) return value as number | undefined;
    this.fault(`${this.place}.${name} must be a whole number from ${min} to ${max}`);
    return undefined;
  }

  /** A number, a whole one or not. */
  number(name: string, min: number, max: number): number | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    this.fault(`${this.place}.${name} must be a number from ${min} to ${max}`);
    return undefined;
  }

  /** A text that fits; `expected` tells what it must be. */
  text<T extends string>(name: string, fits: (text: string) => text is T, expected: string): T | undefined;
  text(name: string, fits: (text: string) => boolean, expected: string): string | undefined;
  text(name: string, fits: (text: string) => boolean, expected: string): string | undefined {
    const value = this.#value(name);
    if (value === undefined || (typeof value === 'string' && fits(value))) return value;
    this.fault(`${this.place}.${name} must be ${expected} (got ${shown(value)})`);
    return undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.#value(name);
    if (value === undefined || typeof value === 'boolean') return value;
    this.fault(`${this.place}.${name} must be true or false`);
    return undefined;
  }

  /** The entries of a list with their places; none where it is absent or faulty. */
  entries(name: string): { readonly source: unknown; readonly place: string }[] {
    const value = this.#value(name) ?? [];
    if (!Array.isArray(value)) {
      this.fault(`${this.placeOf(name)} must be a list`);
      return [];
    }
    return value.map((source: unknown, index) => ({ source, place: `${this.placeOf(name)}[${index}]` }));
  }

  placeOf(name: string): string {
    return this.place === '' ? name : `${this.place}.${name}`;
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? undefined) : undefined;
  }
}

function isEntry(text: string): boolean {
  return text.length >= 1 && text.length <= MAX_ENTRY_CHARACTERS;
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

function shown(value: unknown): string {
  return typeof value === 'string'
    ? JSON.stringify(value.slice(0, 64))
    : Array.isArray(value)
      ? 'a list'
      : typeof value;
}
