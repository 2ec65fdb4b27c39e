/**
 * A pre-execute hook: tells the client which of the named dependencies are missing, or with --refuse refuses the command.
 *
 *   check-dependencies.mjs [--refuse] DEPENDENCY…
 *     git             a program in PATH
 *     file:.env       a file, relative to the working directory
 *     npm:typescript  a package in a node_modules above the working directory
 *     python:requests a module that the command's python3 finds
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';

const names = process.argv.slice(2).filter((word) => word !== '--refuse');
const { cwd, env } = await json(process.stdin);
const path = env.PATH ?? process.env.PATH ?? '';
const isThere = {
  file: (name) => existsSync(resolve(cwd, name)),
  npm: (name) => isInstalledAbove(cwd, name),
  python: isImportable,
};

const found = await Promise.all(names.map(exists));
const missing = names.filter((_, index) => !found[index]);
if (missing.length > 0) {
  const sentence = `Missing: ${missing.join(', ')}`;
  const answer = process.argv.includes('--refuse') ? { allow: false, reason: sentence } : { warning: sentence };
  process.stdout.write(JSON.stringify(answer));
}

function exists(dependency) {
  const [, kind, name] = /^(file|npm|python):(.+)$/.exec(dependency) ?? [];
  return kind === undefined ? isProgram(dependency) : isThere[kind](name);
}

function isProgram(name) {
  return path.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function isInstalledAbove(directory, name) {
  if (existsSync(join(directory, 'node_modules', name, 'package.json'))) return true;
  return dirname(directory) !== directory && isInstalledAbove(dirname(directory), name);
}

async function isImportable(name) {
  const script = 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)';
  const options = { cwd, env: { ...process.env, ...env, PATH: path } };
  return promisify(execFile)('python3', ['-c', script, name], options).then(
    () => true,
    () => false,
  );
}
