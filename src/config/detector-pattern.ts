import { CAPTURE_NAMES, type CaptureName } from './capture-name.js';
import { isOfCapture } from './capture-characters.js';

/** A part of a pattern between two `*`: literals, in lower case, with at most one place for a value. */
export interface PatternSegment {
  readonly before: string;
  readonly capture: CaptureName | null;
  readonly after: string;
}

/**
 * A pattern for lines. It stands for a line that has its segments in this order, anything between them; ASCII letters of
 * either case are one. A place stands for as many characters of its kind as there are, one at least.
 */
export interface DetectorPattern {
  /** The first segment is the line's beginning, the last one its end. */
  readonly isAtStart: boolean;
  readonly isAtEnd: boolean;
  readonly segments: readonly [PatternSegment, ...PatternSegment[]];
  /** The longest literal, in UTF-8: a line without it does not fit. */
  readonly literal: string;
}

const MAX_CHARACTERS = 256;
/** So that lines can be passed over quickly. */
const MIN_LITERAL_BYTES = 4;

/**
 * Reads `^` at the start, `$` at the end, `*` for any characters, `<name>` for a value, and `\` before a character that
 * stands for itself.
 * @returns the pattern, or a sentence that tells what is wrong with it
 */
export function detectorPattern(text: string): DetectorPattern | string {
  if (text.length > MAX_CHARACTERS) return `must have at most ${String(MAX_CHARACTERS)} characters`;
  if (/[\n\r]/.test(text)) return 'must be within one line';
  const isAtStart = text.startsWith('^');
  const isAtEnd = /(?<!\\)(\\\\)*\$$/.test(text);
  const tokens = tokensOf(text.slice(isAtStart ? 1 : 0, isAtEnd ? -1 : undefined));
  const unknown = tokens.find((token) => isPlace(token) && !isCapture(nameOf(token)));
  if (unknown !== undefined) return `has ${unknown}; there are ${CAPTURE_NAMES.map((name) => `<${name}>`).join(', ')}`;
  const segments: PatternSegment[] = [];
  for (const part of split(tokens)) {
    const segment = segmentOf(part);
    if (typeof segment === 'string') return segment;
    segments.push(segment);
  }
  const [first, ...others] = segments;
  const names = segments.map(({ capture }) => capture).filter((name) => name !== null);
  if (new Set(names).size < names.length) return 'must have each place once';
  const literals = segments.flatMap(({ before, after }) => [before, after]);
  const literal = literals.reduce((longest, each) => (bytesOf(each) > bytesOf(longest) ? each : longest), '');
  if (first === undefined || bytesOf(literal) < MIN_LITERAL_BYTES)
    return `must have ${String(MIN_LITERAL_BYTES)} bytes or more of text together`;
  return { isAtStart, isAtEnd, segments: [first, ...others], literal };
}

/** Lower case for ASCII letters alone: every character stays at its place. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function tokensOf(text: string): string[] {
  return text.match(/\\[^]|<[a-z]+>|[^]/g) ?? [];
}

/** The parts between the `*`; those that are empty are none. */
function split(tokens: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const token of tokens) {
    if (token === '*') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

function segmentOf(tokens: readonly string[]): PatternSegment | string {
  const places = tokens.filter(isPlace);
  if (places.length > 1) return `must have * or nothing between ${places.slice(0, 2).join(' and ')}`;
  const at = tokens.findIndex(isPlace);
  const literal = (part: readonly string[]): string =>
    lowerAscii(part.map((token) => (token.length > 1 ? token.slice(1) : token)).join(''));
  if (at === -1) return { before: literal(tokens), capture: null, after: '' };
  const capture = nameOf(tokens[at] ?? '') as CaptureName;
  const segment = { before: literal(tokens.slice(0, at)), capture, after: literal(tokens.slice(at + 1)) };
  if (segment.before === '' && segment.after === '') return `must have text beside <${capture}>`;
  if (segment.before !== '' && segment.after !== '' && isOfCapture(capture, segment.after.charCodeAt(0)))
    return `must not go on after <${capture}> with ${JSON.stringify(segment.after[0])}, which can be a part of it`;
  return segment;
}

function isPlace(token: string): boolean {
  return token.length > 2 && token.startsWith('<');
}

function nameOf(token: string): string {
  return token.slice(1, -1);
}

function isCapture(name: string): name is CaptureName {
  return (CAPTURE_NAMES as readonly string[]).includes(name);
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
