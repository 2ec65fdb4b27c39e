import type { Classification } from './classification.js';
import { classificationTable } from './classification-table.js';
import { readYamlFile } from './yaml-file.js';

const BUILT_IN = new URL('../../config/classification.yaml', import.meta.url);
/** Faults of one file that are told. */
const MAX_FAULTS = 20;

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
  let count = 0;
  const fault = (text: string): void => {
    count += 1;
    if (count <= MAX_FAULTS) faults.push(`${label}: ${text}`);
  };
  const table = deepFreeze(classificationTable(readYamlFile(file, fault), fault));
  if (count > MAX_FAULTS) faults.push(`${label}: and ${count - MAX_FAULTS} faults more`);
  return table;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) deepFreeze(part as object);
  }
  return Object.freeze(value);
}
