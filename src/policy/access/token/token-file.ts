import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { AccessToken } from './access-token.js';
import { tokenEntries } from './token-entries.js';

const MAX_BYTES = 1_048_576;
const MAX_FAULTS = 20;

/** What a file of tokens was found to hold. */
export interface TokenFile {
  /** The same for the same content, or for the same reason why there is none. */
  readonly version: string;
  readonly tokens: readonly AccessToken[];
  /** Why the tokens are not to be used, a line each; empty = they are. */
  readonly faults: readonly string[];
  /** What others may do with the file. */
  readonly warnings: readonly string[];
}

/** Reads a file of tokens. What is wrong with the file is what it was found to be. */
export async function readTokenFile(path: string): Promise<TokenFile> {
  try {
    // Without waiting: it may be a pipe that nobody writes to.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return await read(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    return unusable(`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

async function read(file: FileHandle): Promise<TokenFile> {
  const status = await file.stat();
  if (!status.isFile()) return unusable('must be a regular file');
  if (status.size > MAX_BYTES) return unusable(`must not be larger than ${MAX_BYTES} bytes`);
  return fileOf(await file.readFile(), warningsOf(status));
}

function fileOf(content: Buffer, warnings: readonly string[]): TokenFile {
  const faults: string[] = [];
  const tokens = tokenEntries(content.toString(), (text) => {
    if (faults.length < MAX_FAULTS) faults.push(text);
  });
  return { version: createHash('sha256').update(content).digest('hex'), tokens, faults, warnings };
}

function unusable(fault: string): TokenFile {
  return { version: fault, tokens: [], faults: [fault], warnings: [] };
}

/** Whoever can write the file can let himself in; whoever can read it can guess at weak tokens. */
function warningsOf({ mode, uid }: Stats): string[] {
  const warnings: string[] = [];
  const permissions = (mode & 0o777).toString(8).padStart(3, '0');
  if ((mode & 0o022) !== 0) warnings.push(`other users can change it (mode ${permissions})`);
  else if ((mode & 0o004) !== 0) warnings.push(`every user can read it (mode ${permissions})`);
  if (uid !== 0 && uid !== process.getuid?.()) warnings.push(`it belongs to another user (${uid})`);
  return warnings;
}
