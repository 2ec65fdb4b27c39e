import { readFileSync } from 'node:fs';

/** What tells a program who it runs as: by passwd(5); of a user it does not know, the uid and the root directory. */
export function userEnvironment(uid: number, passwdFile = '/etc/passwd'): Record<string, string> {
  const [name = String(uid), , , , , home = '/'] = entryOf(uid, passwdFile);
  return { HOME: home, USER: name, LOGNAME: name };
}

function entryOf(uid: number, file: string): string[] {
  try {
    const entries = readFileSync(file, 'utf8').split('\n');
    return entries.map((line) => line.split(':')).find(([, , id]) => id === String(uid)) ?? [];
  } catch {
    // A system without the file has no names.
    return [];
  }
}
