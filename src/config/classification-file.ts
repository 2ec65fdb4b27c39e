import type { Classification } from './classification.js';
import { classificationTable } from './classification-table.js';
import { readTableFile } from './table-file.js';

const BUILT_IN = new URL('../../config/classification.yaml', import.meta.url);

/** Read once. */
let builtIn: Classification | null = null;

/**
 * The table of classification: the rules of the user's file, then the service's own. What cannot be used is added to
 * `faults`, a line each.
 *
 * @param userFile its path; null = the service's own rules alone
 */
export function readClassification(userFile: string | null, faults: string[]): Classification {
  builtIn ??= readTable(BUILT_IN, 'config/classification.yaml', faults);
  const own = builtIn;
  if (userFile === null) return own;
  const users = readTable(userFile, 'CLASSIFICATION_FILE', faults);
  return deepFreeze({
    rules: [...users.rules, ...own.rules],
    wrappers: [...users.wrappers, ...own.wrappers],
  });
}

function readTable(file: string | URL, label: string, faults: string[]): Classification {
  return deepFreeze(readTableFile(file, label, classificationTable, faults));
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) deepFreeze(part as object);
  }
  return Object.freeze(value);
}
