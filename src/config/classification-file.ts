import { readFileSync, statSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { Classification } from './classification.js';
import { classificationTable } from './classification-table.js';

const BUILT_IN = new URL('../../config/classification.yaml', import.meta.url);
const MAX_BYTES = 1_048_576;
const MAX_ALIASES = 100;
/** Faults of one file that are told. */
const MAX_FAULTS = 20;

/**
 * The table of classification: the rules of the user's file, then the service's own. What cannot be used is added to
 * `faults`, a line each.
 *
 * @param userFile its path; null = the service's own rules alone
 */
export function readClassification(userFile: string | null, faults: string[]): Classification {
  const own = readTable(BUILT_IN, 'config/classification.yaml', faults);
  if (userFile === null) return own;
  const users = readTable(userFile, 'CLASSIFICATION_FILE', faults);
  return deepFreeze({
    rules: [...users.rules, ...own.rules],
    wrappers: [...users.wrappers, ...own.wrappers],
  });
}

function readTable(file: string | URL, label: string, faults: string[]): Classification {
  let count = 0;
  const fault = (text: string): void => {
    count += 1;
    if (count <= MAX_FAULTS) faults.push(`${label}: ${text}`);
  };
  const table = deepFreeze(classificationTable(contentOf(file, fault), fault));
  if (count > MAX_FAULTS) faults.push(`${label}: and ${count - MAX_FAULTS} faults more`);
  return table;
}

/** What the file holds; null where it is empty or cannot be used. */
function contentOf(file: string | URL, fault: (text: string) => void): unknown {
  const text = textOf(file, fault);
  if (text === null) return null;
  try {
    const document = parseDocument(text, { schema: 'core', logLevel: 'silent', stringKeys: true });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem === undefined) return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
    fault(firstLine(problem.message));
  } catch (error) {
    // Too many aliases, or maps and lists nested too deep.
    fault(firstLine(error instanceof Error ? error.message : String(error)));
  }
  return null;
}

function textOf(file: string | URL, fault: (text: string) => void): string | null {
  try {
    const status = statSync(file);
    if (!status.isFile()) fault('must be a regular file');
    else if (status.size > MAX_BYTES) fault(`must not be larger than ${MAX_BYTES} bytes (it has ${status.size})`);
    else return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    fault(code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'must be UTF-8' : `cannot be read (${code})`);
  }
  return null;
}

function firstLine(message: string): string {
  return (message.split('\n', 1)[0] ?? '').replace(/:$/, '');
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) deepFreeze(part as object);
  }
  return Object.freeze(value);
}
