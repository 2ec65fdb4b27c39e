import { readFileSync, statSync } from 'node:fs';
import { CORE_SCHEMA, load, YAMLException } from 'js-yaml';

const MAX_BYTES = 1_048_576;
const MAX_ALIASES = 100;
const MAX_DEPTH = 50;

/**
 * What a YAML file holds, null where it is empty or cannot be used; why, in one line, goes to `fault`. Only plain data is
 * read: no tags but those of YAML's core schema. Of a file of 1 MiB at most.
 */
export function readYamlFile(file: string | URL, fault: (text: string) => void): unknown {
  const text = textOf(file, fault);
  // The parser takes no document that is not there.
  if (text === null || text.split('\n').every((line) => /^\s*(#|$)/.test(line))) return null;
  try {
    return load(text, { schema: CORE_SCHEMA, maxDepth: MAX_DEPTH, maxAliases: MAX_ALIASES });
  } catch (error) {
    fault(faultText(error));
    return null;
  }
}

function textOf(file: string | URL, fault: (text: string) => void): string | null {
  try {
    const status = statSync(file);
    if (!status.isFile()) fault('must be a regular file');
    else if (status.size > MAX_BYTES)
      fault(`must not be larger than ${String(MAX_BYTES)} bytes (it has ${String(status.size)})`);
    else return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    fault(code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'must be UTF-8' : `cannot be read (${code})`);
  }
  return null;
}

function faultText(error: unknown): string {
  if (!(error instanceof YAMLException)) return error instanceof Error ? error.message : String(error);
  const place =
    error.mark === undefined ? '' : ` at line ${String(error.mark.line + 1)}, column ${String(error.mark.column + 1)}`;
  return `${error.reason}${place}`;
}
