/**
 * A pre-execute hook: activates the Python environment `.venv` that is nearest above the command's working directory, as
 * its `bin/activate` does. Where there is none, it changes nothing.
 */
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';

const { cwd, env } = await json(process.stdin);
const found = findAbove(cwd);
if (found !== null) {
  const path = env.PATH ?? process.env.PATH ?? '';
  const bin = join(found, 'bin');
  const rest = path.split(delimiter).filter((directory) => directory !== bin);
  process.stdout.write(JSON.stringify({ env: { VIRTUAL_ENV: found, PATH: [bin, ...rest].join(delimiter) } }));
}

function findAbove(directory) {
  const environment = join(directory, '.venv');
  if (existsSync(join(environment, 'pyvenv.cfg'))) return environment;
  return dirname(directory) === directory ? null : findAbove(dirname(directory));
}
