// npm run bench:nemesis -- [--runs N] [--seed S] [--verbose]      see README.md
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
});
const numbers = [options.runs, options.seed].map(Number);
if (!numbers.every((number) => Number.isSafeInteger(number) && number > 0)) {
  console.error('--runs and --seed take whole numbers from 1');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const jest = ['node_modules/jest/bin/jest.js', '-c', 'config/jest.config.mjs', 'test/e2e/nemesis.spec.ts'];
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
