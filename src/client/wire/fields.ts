import { ClientError } from '../client-error.js';

/** A message's fields, each as the protocol has it. Every method throws ClientError protocol where it is not. */
export class Fields {
  private constructor(
    private readonly source: Readonly<Record<string, unknown>>,
    private readonly what: string,
  ) {}

  static of(source: unknown, what: string): Fields {
    if (typeof source !== 'object' || source === null || Array.isArray(source)) throw fault(what, source);
    return new Fields(source as Readonly<Record<string, unknown>>, what);
  }

  get(name: string): unknown {
    return this.source[name];
  }

  string(name: string): string {
    const value = this.source[name];
    return typeof value === 'string' ? value : this.fail(name);
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T {
    const value = this.string(name);
    return values.find((each) => each === value) ?? this.fail(name);
  }

  /** Absent counts as null. */
  stringOrNull(name: string): string | null {
    return this.source[name] == null ? null : this.string(name);
  }

  number(name: string): number {
    const value = this.source[name];
    return typeof value === 'number' ? value : this.fail(name);
  }

  /** Absent counts as null. */
  numberOrNull(name: string): number | null {
    return this.source[name] == null ? null : this.number(name);
  }

  /** A whole number from `least` on. */
  count(name: string, least = 0): number {
    const value = this.number(name);
    return Number.isSafeInteger(value) && value >= least ? value : this.fail(name);
  }

  /** Absent counts as false. */
  flag(name: string): boolean {
    const value = this.source[name] ?? false;
    return typeof value === 'boolean' ? value : this.fail(name);
  }

  /** Absent counts as empty. */
  list(name: string): readonly unknown[] {
    const value = this.source[name] ?? [];
    return Array.isArray(value) ? (value as readonly unknown[]) : this.fail(name);
  }

  inner(name: string): Fields {
    return Fields.of(this.source[name], `${this.what}.${name}`);
  }

  private fail(name: string): never {
    throw fault(`${this.what}.${name}`, this.source[name]);
  }
}

function fault(what: string, value: unknown): ClientError {
  const shown = (JSON.stringify(value) as string | undefined) ?? 'absent';
  return new ClientError({ kind: 'protocol' }, `The service sent ${what} as ${shown.slice(0, 100)}`);
}
