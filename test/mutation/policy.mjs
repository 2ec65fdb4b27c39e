/**
 * Switches off each guard of who may connect and what may run, one at a time, in a copy of the project, and runs the tests of the policy
 * against it. Prints a line for each: the test that fails, or SURVIVED. Exit code 1 where one survives.
 *
 * node test/mutation/policy.mjs [PATTERN]: only mutants whose file and description the regular expression matches
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ACCESS_MUTANTS } from './access-mutants.mjs';
import { RULE_MUTANTS } from './rule-mutants.mjs';
import { SYNTAX_MUTANTS } from './syntax-mutants.mjs';

const QUICK = [
  'test/unit/policy/',
  'test/integration/access-tokens',
  ...['check', 'open', 'working-directory'].map((name) => `test/integration/policy-${name}`),
];
const THOROUGH = ['test/integration/policy-bypasses', 'test/integration/policy-random'];

/** A mutant that makes a test run without end is one that dies. */
const MAX_RUN_MS = 240_000;

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const copy = mkdtempSync(join(tmpdir(), 'mutants-'));
const [wanted = ''] = process.argv.slice(2);

try {
  for (const name of ['src', 'test', 'config', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  if (failing([...QUICK, ...THOROUGH]) !== null) throw new Error('The tests fail without a mutant');
  for (const [file, from, to, what] of [...ACCESS_MUTANTS, ...SYNTAX_MUTANTS, ...RULE_MUTANTS].filter(
    ([file, , , what]) => new RegExp(wanted).test(`${file} ${what}`),
  )) {
    const path = join(copy, 'src', 'policy', file);
    const source = readFileSync(path, 'utf8');
    if (source.split(from).length !== 2) throw new Error(`${file} has not exactly one ${JSON.stringify(from)}`);
    writeFileSync(
      path,
      source.replace(from, () => to),
    );
    const killer = failing(QUICK) ?? failing(THOROUGH);
    writeFileSync(path, source);
    if (killer === null) process.exitCode = 1;
    console.log(`${killer === null ? 'SURVIVED' : 'died'} | ${file} | ${what} | ${killer ?? ''}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}

/** The first test that fails, or null. The thorough ones run what is built. */
function failing(tests) {
  const node = (...args) => spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', timeout: MAX_RUN_MS });
  if (tests.some((test) => THOROUGH.includes(test))) {
    const build = node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck');
    if (build.status !== 0) throw new Error(build.stdout);
  }
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const run = node(...jest, '-c', 'config/jest.config.mjs', '--bail', ...tests);
  if (run.status === 0) return null;
  return /● (.+)/.exec(run.stderr)?.[1] ?? run.stderr.slice(0, 500);
}
