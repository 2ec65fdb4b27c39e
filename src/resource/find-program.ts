import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Path of the first executable file of that name in the absolute directories of PATH, or null. */
export async function findProgram(name: string, path = ''): Promise<string | null> {
  for (const directory of path.split(delimiter).filter((each) => each.startsWith('/'))) {
    const file = join(directory, name);
    if (await isExecutable(file)) return file;
  }
  return null;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
