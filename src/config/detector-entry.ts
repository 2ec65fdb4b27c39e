import type { CaptureName } from './capture-name.js';
import type { DetectorPattern } from './detector-pattern.js';

/** What output can tell. */
export const DETECTOR_KINDS = [
  'completion',
  'file_created',
  'token_limit',
  'usage_limit',
  'rate_limit',
  'command_not_found',
] as const;
export type DetectorKind = (typeof DETECTOR_KINDS)[number];

/** What lines of output tell something. */
export interface DetectorEntry {
  readonly kind: DetectorKind;
  /** Globs for the text of a command, of which one must fit; null = every command. */
  readonly commands: readonly string[] | null;
  /** Of lines that are no JSON object, the first that fits counts. */
  readonly patterns: readonly DetectorPattern[];
  /** Of lines that are one. */
  readonly json: readonly JsonPattern[];
  /** What is told of a rate limit whose line does not say when to try again; null = nothing. */
  readonly retryAfterMs: number | null;
}

/** What a JSON object must hold. */
export interface JsonPattern {
  /** All of these, by their paths. */
  readonly where: readonly { readonly path: readonly string[]; readonly value: string | number | boolean }[];
  /** Where a text is that one of the entry's patterns must fit; null = none. */
  readonly text: readonly string[] | null;
  /** Where the values are that a pattern would capture. */
  readonly captures: Readonly<Partial<Record<CaptureName, readonly string[]>>>;
}

/** All detectors, and how much of a line they look at. */
export interface DetectorTable {
  readonly lineBytes: number;
  /** Of a line that begins as a JSON object. */
  readonly jsonBytes: number;
  readonly entries: readonly DetectorEntry[];
}
