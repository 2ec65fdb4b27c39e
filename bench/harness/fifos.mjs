import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a directory and so many FIFOs in it; → their paths. */
export function makeFifos(directory, count) {
  mkdirSync(directory);
  const fifos = Array.from({ length: count }, (_, i) => join(directory, String(i)));
  const { status, stderr } = spawnSync('mkfifo', fifos, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mkfifo: ${stderr}`);
  return fifos;
}
