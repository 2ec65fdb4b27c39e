import { isOfCapture } from '../config/capture-characters.js';
import type { CaptureName } from '../config/capture-name.js';
import type { DetectorPattern, PatternSegment } from '../config/detector-pattern.js';

/** What a line holds. */
export interface LineMatch {
  /** The text from the first segment's beginning to the last one's end. */
  readonly text: string;
  /** Where that ends. */
  readonly end: number;
  readonly captures: Readonly<Partial<Record<CaptureName, string>>>;
}

interface Place {
  readonly start: number;
  readonly end: number;
  /** Where the value begins and ends. */
  readonly from: number;
  readonly to: number;
}

/**
 * Looks for the segments of a pattern one after the other, each as far left as it can be: what is between is anything, so
 * that no other choice could fit where this one does not. The time is linear in the line's length: a value is as long as it
 * can be, and where a segment does not fit after one, no place for it within that value is tried.
 *
 * @param lower the line with its ASCII letters in lower case
 */
export function matchLine(
  { segments, isAtStart, isAtEnd }: DetectorPattern,
  line: string,
  lower: string,
): LineMatch | null {
  const captures: Partial<Record<CaptureName, string>> = {};
  let from = 0;
  let start = -1;
  for (const [index, segment] of segments.entries()) {
    const place = find(segment, lower, {
      from,
      startsAt: isAtStart && index === 0 ? 0 : null,
      endsAt: isAtEnd && index === segments.length - 1 ? line.length : null,
    });
    if (place === null) return null;
    if (segment.capture !== null) captures[segment.capture] = line.slice(place.from, place.to);
    if (index === 0) start = place.start;
    from = place.end;
  }
  return { text: line.slice(start, from), end: from, captures };
}

interface Bounds {
  readonly from: number;
  /** Where it must begin or end; null = anywhere. */
  readonly startsAt: number | null;
  readonly endsAt: number | null;
}

function find({ before, capture, after }: PatternSegment, lower: string, bounds: Bounds): Place | null {
  if (capture === null) return findText(before, lower, bounds);
  if (before === '') return findValueBefore(after, capture, lower, bounds);
  return findValueAfter(before, capture, after, lower, bounds);
}

function findText(text: string, lower: string, { from, startsAt, endsAt }: Bounds): Place | null {
  const only = startsAt ?? (endsAt === null ? null : endsAt - text.length);
  const start = only === null ? lower.indexOf(text, from) : only >= from && lower.startsWith(text, only) ? only : -1;
  const end = start + text.length;
  return start === -1 || (endsAt !== null && end !== endsAt) ? null : { start, end, from: start, to: start };
}

/** The first place with a value before it is the one: it also has the longest way back to where it must begin. */
function findValueBefore(
  text: string,
  capture: CaptureName,
  lower: string,
  { from, startsAt, endsAt }: Bounds,
): Place | null {
  let to = lower.indexOf(text, endsAt === null ? from : Math.max(from, endsAt - text.length));
  while (to !== -1 && (to <= from || !isOfCapture(capture, lower.charCodeAt(to - 1)))) to = lower.indexOf(text, to + 1);
  if (to === -1) return null;
  let start = to;
  while (start > from && isOfCapture(capture, lower.charCodeAt(start - 1))) start--;
  return startsAt === null || start === startsAt ? { start, end: to + text.length, from: start, to } : null;
}

/** A text that begins within a value has the same value's end after it: where that does not fit, it is passed over. */
function findValueAfter(
  before: string,
  capture: CaptureName,
  after: string,
  lower: string,
  { from, startsAt, endsAt }: Bounds,
): Place | null {
  let start = lower.indexOf(before, from);
  while (start !== -1 && (startsAt === null || start === startsAt)) {
    const value = start + before.length;
    let to = value;
    while (to < lower.length && isOfCapture(capture, lower.charCodeAt(to))) to++;
    const end = to + after.length;
    if (to > value && lower.startsWith(after, to) && (endsAt === null || end === endsAt))
      return { start, end, from: value, to };
    start = lower.indexOf(before, Math.max(start + 1, to - before.length + 1));
  }
  return null;
}
