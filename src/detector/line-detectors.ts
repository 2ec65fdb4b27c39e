import type { DetectorEntry, DetectorKind, JsonPattern } from '../config/detector-entry.js';
import { lowerAscii } from '../config/detector-pattern.js';
import type { StreamName } from '../stream/output-options.js';
import { capturedValues } from './captured-values.js';
import type { Finding } from './finding.js';
import { matchLine } from './line-pattern.js';
import type { LineBudget } from './line-budget.js';
import { LiteralFilter } from './literal-filter.js';
import { plainLine } from './plain-line.js';

const MAX_LINE_CHARACTERS = 1000;
const MAX_TEXT_CHARACTERS = 200;
const BRACE = 0x7b;

/** Reads single lines by the detectors that are for one command. */
export class LineDetectors {
  /** A line in which it finds nothing tells nothing. */
  readonly filter: LiteralFilter;

  /** @param entries one at least */
  constructor(
    private readonly entries: readonly DetectorEntry[],
    readonly budget: LineBudget,
  ) {
    this.filter = new LiteralFilter(
      entries.flatMap(({ patterns }) => patterns.map(({ literal }) => literal)),
      entries.flatMap(({ json }) => json.map(jsonLiteral)),
    );
  }

  get kinds(): ReadonlySet<DetectorKind> {
    return new Set(this.entries.map(({ kind }) => kind));
  }

  /** What a line tells, of each kind in `kinds` once at most. */
  read(line: Buffer, stream: StreamName, kinds: ReadonlySet<DetectorKind>): Finding[] {
    const findings: Finding[] = [];
    const object = objectOf(line);
    // Cut off, it is no JSON, and still not words.
    if (object === null && line[0] === BRACE && line.length >= this.budget.jsonBytes) return [];
    const plain = object === null ? plainLine(line.toString('utf8', 0, this.budget.lineBytes)) : '';
    const lower = lowerAscii(plain);
    for (const entry of this.entries) {
      if (!kinds.has(entry.kind) || findings.some(({ kind }) => kind === entry.kind)) continue;
      const told = object === null ? wordsTell(entry, plain, lower) : objectTells(entry, object);
      if (told === null) continue;
      const shown = object === null ? plain : line.toString('utf8', 0, MAX_LINE_CHARACTERS).trimEnd();
      findings.push({
        kind: entry.kind,
        stream,
        line: shown.slice(0, MAX_LINE_CHARACTERS),
        ...told,
        text: told.text.slice(0, MAX_TEXT_CHARACTERS),
        retryAfterMs: told.retryAfterMs ?? entry.retryAfterMs,
      });
    }
    return findings;
  }
}

type Told = Omit<Finding, 'kind' | 'stream' | 'line'>;
type JsonObject = Readonly<Record<string, unknown>>;

function wordsTell({ patterns }: DetectorEntry, line: string, lower: string): Told | null {
  for (const pattern of patterns) {
    const match = matchLine(pattern, line, lower);
    if (match === null) continue;
    return { text: match.text, ...capturedValues(match.captures, line.slice(match.end)) };
  }
  return null;
}

function objectTells(entry: DetectorEntry, object: JsonObject): Told | null {
  for (const { where, text, captures } of entry.json) {
    if (!where.every(({ path, value }) => at(object, path) === value)) continue;
    const type = String(where[0]?.value);
    if (text === null) {
      const values = Object.entries(captures).map(([name, path]) => [name, at(object, path)]);
      return { text: type, ...capturedValues(Object.fromEntries(values) as Record<string, unknown>) };
    }
    const found = at(object, text);
    const line = typeof found === 'string' ? plainLine(found.slice(0, MAX_LINE_CHARACTERS)) : '';
    const told = wordsTell(entry, line, lowerAscii(line));
    if (told !== null) return told;
  }
  return null;
}

function at(object: JsonObject, path: readonly string[]): unknown {
  let value: unknown = object;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as JsonObject)[name];
  }
  return value;
}

/** The JSON object that a line is, or null. */
function objectOf(line: Buffer): JsonObject | null {
  if (line[0] !== BRACE) return null;
  try {
    return JSON.parse(line.toString()) as JsonObject;
  } catch {
    return null;
  }
}

/** The longest text of its conditions, as JSON has it. */
function jsonLiteral({ where }: JsonPattern): string {
  const texts = where.map(({ value }) => value).filter((value) => typeof value === 'string');
  const longest = texts.reduce((one, other) => (other.length > one.length ? other : one), '');
  return lowerAscii(JSON.stringify(longest));
}
