import { ClassificationFields } from './classification-fields.js';
import { CAPTURE_NAMES, type CaptureName } from './capture-name.js';
import {
  DETECTOR_KINDS,
  type DetectorEntry,
  type DetectorKind,
  type DetectorTable,
  type JsonPattern,
} from './detector-entry.js';
import { type DetectorPattern, detectorPattern } from './detector-pattern.js';

const ENTRY_FIELDS = ['kind', 'commands', 'patterns', 'json', 'retry_after'];
const JSON_FIELDS = ['where', 'text', 'captures'];
const MAX_ENTRIES = 100;
const MAX_PATTERNS = 200;
const MAX_CONDITIONS = 8;
const MAX_PATH_CHARACTERS = 128;
const MAX_TEXT_CHARACTERS = 256;
const MAX_RETRY_SECONDS = 86_400;
const LINE_BYTES = { default: 4096, min: 256, max: 65_536 };
const JSON_BYTES = { default: 262_144, min: 256, max: 1_048_576 };

/** The detectors of a YAML file's content. Every fault goes to `fault` with its place; then they are not to be used. */
export function detectorTable(source: unknown, fault: (text: string) => void): DetectorTable {
  const file = new ClassificationFields(source ?? {}, '', ['line_bytes', 'json_bytes', 'detectors'], fault);
  const entries = file.entries('detectors');
  if (entries.length > MAX_ENTRIES) fault(`detectors must have at most ${String(MAX_ENTRIES)} entries`);
  return {
    lineBytes: file.wholeNumber('line_bytes', LINE_BYTES.min, LINE_BYTES.max) ?? LINE_BYTES.default,
    jsonBytes: file.wholeNumber('json_bytes', JSON_BYTES.min, JSON_BYTES.max) ?? JSON_BYTES.default,
    entries: entries.slice(0, MAX_ENTRIES).map(({ source: entry, place }) => entryFrom(entry, place, fault)),
  };
}

function entryFrom(source: unknown, place: string, fault: (text: string) => void): DetectorEntry {
  const fields = new ClassificationFields(source, place, ENTRY_FIELDS, fault);
  fields.require('kind');
  const kind = fields.text('kind', isKind, `one of ${DETECTOR_KINDS.join(', ')}`) ?? 'completion';
  const retryAfter = fields.number('retry_after', 0, MAX_RETRY_SECONDS);
  if (retryAfter !== undefined && kind !== 'rate_limit') fault(`${place}.retry_after is for rate_limit only`);
  const patterns = fields.entries('patterns');
  const json = fields.entries('json');
  if (patterns.length + json.length === 0) fault(`${place} must have patterns or json`);
  if (patterns.length + json.length > MAX_PATTERNS)
    fault(`${place} must have at most ${String(MAX_PATTERNS)} patterns`);
  return {
    kind,
    commands: fields.texts('commands') ?? null,
    patterns: patterns.slice(0, MAX_PATTERNS).flatMap((entry) => patternFrom(entry.source, entry.place, fault)),
    json: json.slice(0, MAX_PATTERNS).map((entry) => jsonFrom(entry.source, entry.place, fault)),
    retryAfterMs: retryAfter === undefined ? null : retryAfter * 1000,
  };
}

function patternFrom(source: unknown, place: string, fault: (text: string) => void): DetectorPattern[] {
  const pattern = typeof source === 'string' ? detectorPattern(source) : 'must be a text';
  if (typeof pattern !== 'string') return [pattern];
  fault(`${place} ${pattern}`);
  return [];
}

function jsonFrom(source: unknown, place: string, fault: (text: string) => void): JsonPattern {
  const fields = new ClassificationFields(source, place, JSON_FIELDS, fault);
  fields.require('where');
  const { where, captures } = Object(source) as Readonly<Record<string, unknown>>;
  const conditions = mapOf(where, `${place}.where`, fault).map(([path, value]) => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      fault(`${place}.where.${path} must be a text, a number, true or false`);
    return { path: path.split('.'), value: value as string | number | boolean };
  });
  if (conditions.some(({ value }) => typeof value === 'string' && value.length > MAX_TEXT_CHARACTERS))
    fault(`${place}.where must have texts of at most ${String(MAX_TEXT_CHARACTERS)} characters`);
  if (!conditions.some(({ value }) => typeof value === 'string' && value.length > 1))
    fault(`${place}.where must have a text of 2 or more characters`);
  const places = mapOf(captures ?? {}, `${place}.captures`, fault).map(([name, path]) => {
    if (!(CAPTURE_NAMES as readonly string[]).includes(name) || typeof path !== 'string')
      fault(`${place}.captures must hold paths under ${CAPTURE_NAMES.join(', ')}`);
    return [name as CaptureName, String(path).split('.')] as const;
  });
  const text = fields.text('text', (path) => path.length <= MAX_PATH_CHARACTERS, 'a path');
  return { where: conditions, text: text?.split('.') ?? null, captures: Object.fromEntries(places) };
}

/** A map whose names are paths, or what stands for one. */
function mapOf(source: unknown, place: string, fault: (text: string) => void): [string, unknown][] {
  const isMap = typeof source === 'object' && source !== null && !Array.isArray(source);
  const entries = isMap ? Object.entries(source) : [];
  if (isMap && entries.length <= MAX_CONDITIONS && entries.every(([name]) => name.length <= MAX_PATH_CHARACTERS))
    return entries;
  if (source !== undefined)
    fault(
      `${place} must be a map of at most ${String(MAX_CONDITIONS)} names, each of at most ${String(MAX_PATH_CHARACTERS)} characters`,
    );
  return [];
}

function isKind(text: string): text is DetectorKind {
  return (DETECTOR_KINDS as readonly string[]).includes(text);
}
