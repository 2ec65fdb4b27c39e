import { readYamlFile } from './yaml-file.js';

/** Faults of one file that are told. */
const MAX_FAULTS = 20;

/**
 * What `parse` makes of a YAML file, for good. What cannot be used is added to `faults`, a line each, under the file's label.
 */
export function readTableFile<T extends object>(
  file: string | URL,
  label: string,
  parse: (source: unknown, fault: (text: string) => void) => T,
  faults: string[],
): T {
  let count = 0;
  const fault = (text: string): void => {
    count += 1;
    if (count <= MAX_FAULTS) faults.push(`${label}: ${text}`);
  };
  const table = parse(readYamlFile(file, fault), fault);
  if (count > MAX_FAULTS) faults.push(`${label}: and ${count - MAX_FAULTS} faults more`);
  return table;
}
