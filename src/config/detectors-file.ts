import type { DetectorTable } from './detector-entry.js';
import { detectorTable } from './detector-table.js';
import { readTableFile } from './table-file.js';

const BUILT_IN = new URL('../../config/detectors.yaml', import.meta.url);

/** Read once. */
let builtIn: DetectorTable | null = null;

/**
 * The detectors of the user's file in place of the service's own. What cannot be used is added to `faults`, a line each.
 *
 * @param userFile its path; null = the service's own
 */
export function readDetectors(userFile: string | null, faults: string[]): DetectorTable {
  if (userFile !== null) return readTableFile(userFile, 'DETECTORS_FILE', detectorTable, faults);
  builtIn ??= readTableFile(BUILT_IN, 'config/detectors.yaml', detectorTable, faults);
  return builtIn;
}
