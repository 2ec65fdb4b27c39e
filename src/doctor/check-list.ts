const MAX_SHOWN = 400;

/** What one component was seen to do, told line by line: what holds, and of what does not what was expected. */
export class CheckList {
  #count = 0;
  #failed = 0;

  /** @param tell takes a line without its end */
  constructor(private readonly tell: (line: string) => void) {}

  /** How many checks there were, and how many of them do not hold. */
  get totals(): { readonly count: number; readonly failed: number } {
    return { count: this.#count, failed: this.#failed };
  }

  /** The measured value is the expected one, all of it. */
  equals(what: string, expected: unknown, measured: unknown): void {
    const [wanted, seen] = [shown(expected), shown(measured)];
    this.#add(what, JSON.stringify(expected) === JSON.stringify(measured), wanted, seen);
  }

  /** The measured number is within both bounds. */
  within(what: string, [min, max]: readonly [number, number], measured: number | null, unit = ''): void {
    const isWithin = measured !== null && measured >= min && measured <= max;
    const seen = measured === null ? 'nothing' : `${rounded(measured)} ${unit}`.trim();
    this.#add(what, isWithin, `${min} to ${max} ${unit}`.trim(), seen);
  }

  /** The measured value is as the words say. */
  holds(what: string, isSo: boolean, expected: string, measured: unknown): void {
    this.#add(what, isSo, expected, shown(measured));
  }

  /** Something to know that is no check. */
  note(text: string): void {
    this.tell(`      ${text}`);
  }

  /** What could not be done at all. */
  broken(what: string, error: unknown): void {
    this.#add(what, false, 'to be done', error instanceof Error ? error.message : String(error));
  }

  #add(what: string, holds: boolean, expected: string, measured: string): void {
    this.#count++;
    if (holds) this.tell(`ok    ${what}: ${measured}`);
    else {
      this.#failed++;
      this.tell(`FAIL  ${what}: expected ${expected}, measured ${measured}`);
    }
  }
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) as string | undefined);
  const line = (text ?? 'nothing').replace(/\s+/g, ' ');
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)} …` : line;
}

function rounded(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
