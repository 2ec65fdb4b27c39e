// npm run bench:nemesis -- [--runs N] [--seed S] [--replicas 1|2] [--verbose]      see README.md
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    replicas: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const numbers = [options.runs, options.seed].map(Number);
if (!numbers.every((number) => Number.isSafeInteger(number) && number > 0)) {
  console.error('--runs and --seed take whole numbers from 1');
  process.exit(2);
}
if (![undefined, '1', '2'].includes(options.replicas)) {
  console.error('--replicas is 1 or 2; without it there are both');
  process.exit(2);
}
/** Titles in the spec. */
const CASES = { 1: 'at random points', 2: 'one of two services' };
const root = fileURLToPath(new URL('..', import.meta.url));
const jest = ['node_modules/jest/bin/jest.js', '-c', 'config/jest.config.mjs', 'test/e2e/nemesis.spec.ts'];
if (options.replicas !== undefined) jest.push('-t', CASES[options.replicas]);
const child = spawn(process.execPath, ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', ...jest], {
  cwd: root,
  env: {
    ...process.env,
    NEMESIS_RUNS: options.runs,
    NEMESIS_SEED: options.seed,
    ...(options.verbose ? { NEMESIS_VERBOSE: '1' } : {}),
  },
  stdio: 'inherit',
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
