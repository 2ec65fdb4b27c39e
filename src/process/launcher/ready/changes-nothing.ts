import { spawn } from 'node:child_process';
import { handOverText } from './hand-over-text.js';
import { READY_SHELL } from './ready-shells.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Tries whether a command that a ready shell becomes has the environment that the shell was given: some shells leave out
 * what is no name to them, or count up SHLVL. Never rejects.
 */
export function changesNothing(environment: Environment, cwd: string): Promise<boolean> {
  const [file, ...args] = READY_SHELL;
  const expected = { ...environment, SHLVL: '7', _: '/bin/cat' };
  const argv = ['cat', '/proc/self/environ'];
  const line = handOverText({ cwd, environment: expected, argv }, { cwd, environment });
  return new Promise((resolve) => {
    const shell = spawn(file, args, { cwd, env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
    let passed = '';
    shell.stdin.on('error', () => shell.stdin.destroy());
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      passed += text;
    });
    shell.once('error', () => {
      resolve(false);
    });
    shell.once('close', () => {
      resolve(isSame(passed, expected));
    });
    shell.stdin.end(line ?? '');
  });
}

function isSame(passed: string, environment: Environment): boolean {
  const expected = Object.entries(environment).map(([name, value]) => `${name}=${value ?? ''}`);
  return passed.split('\0').slice(0, -1).sort().join('\0') === expected.sort().join('\0');
}
