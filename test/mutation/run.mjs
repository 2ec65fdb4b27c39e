/**
 * Switches off each guard of who may connect, what may run, and what it may use, one at a time, in a copy of the project, and
 * runs the tests against it. Prints a row of a Markdown table for each: what is off, where, and the test that fails, or
 * SURVIVED. Exit code 1 where one survives.
 *
 * node test/mutation/run.mjs [PATTERN]: only mutants whose file and description the regular expression matches
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GUARDS } from './guards.mjs';

/** A mutant that makes a test run without end is one that dies. */
const MAX_RUN_MS = 240_000;

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const copy = mkdtempSync(join(tmpdir(), 'mutants-'));
const wanted = new RegExp(process.argv[2] ?? '');

try {
  for (const name of ['src', 'test', 'config', 'README.md', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const { title, mutants, quick, thorough } of GUARDS) {
    const chosen = mutants.filter(([file, , , what]) => wanted.test(`${file} ${what}`));
    if (chosen.length === 0) continue;
    const flaw = failing(quick) ?? failingBuilt(thorough);
    if (flaw !== null) throw new Error(`The tests fail without a mutant: ${flaw}`);
    console.log(`\n### ${title}\n`);
    for (const mutant of chosen) tell(mutant, killerOf(mutant, quick, thorough));
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}

/** The test that fails while the mutant is in place, or null. */
function killerOf([file, from, to], quick, thorough) {
  const path = join(copy, 'src', file);
  const source = readFileSync(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file} has not exactly one ${JSON.stringify(from)}`);
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  const killer = failing(quick) ?? failingBuilt(thorough);
  writeFileSync(path, source);
  return killer;
}

function tell([file, , , what], killer) {
  if (killer === null) process.exitCode = 1;
  const cells = [what, `\`${file}\``, killer ?? 'SURVIVED'];
  console.log(
    `| ${cells.map((cell) => cell.replaceAll(/\p{Cc}/gu, ' ').replaceAll('|', String.raw`\|`)).join(' | ')} |`,
  );
}

/** The first test that fails, or null. */
function failing(tests) {
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const run = node(...jest, '-c', 'config/jest.config.mjs', '--bail', '--forceExit', ...tests);
  if (run.status === 0) return null;
  return /● (.+)/.exec(run.stderr)?.[1] ?? run.stderr.slice(0, 500);
}

/** The thorough tests run what is built. */
function failingBuilt(tests) {
  const built = node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck');
  if (built.status !== 0) throw new Error(built.stdout);
  return failing(tests);
}

function node(...args) {
  return spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', timeout: MAX_RUN_MS });
}
