import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { Program } from '../../src/policy/command/decision.js';
import type * as Open from '../../src/policy/command/open-command-policy.js';
import { PROGRAM_BYPASSES } from '../fixtures/policy/program-bypasses.js';
import { REQUEST_BYPASSES } from '../fixtures/policy/request-bypasses.js';
import { SYNTAX_BYPASSES } from '../fixtures/policy/syntax-bypasses.js';
import { eventually, within } from '../e2e/support/eventually.js';
import { built } from '../support/built.js';

const { openCommandPolicy } = await built<typeof Open>('policy/command/open-command-policy.js');

const ALLOWED = ['[', 'cat', 'echo', 'head', 'ls', 'printf', 'seq', 'sort', 'split', 'test', 'true', 'wc'];

const directory = mkdtempSync(join(tmpdir(), 'policy-'));
const marker = join(directory, 'marker');
mkdirSync(join(directory, 'bin'));
for (const name of ['evil', 'echo', 'bin/ls']) {
  writeFileSync(join(directory, name), `#!/bin/sh\n: > '${marker}'\ncommand -p cat\n`);
  chmodSync(join(directory, name), 0o755);
}
writeFileSync(join(directory, 'evil.sh'), `touch '${marker}'\n`);

const policy = openCommandPolicy({
  allowedCommands: ALLOWED,
  policyFile: null,
  path: process.env.PATH ?? '',
  directory,
  workdirRoot: null,
});

afterEach(() => {
  rmSync(marker, { force: true });
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Runs it to its end and that of all that holds its output. */
async function run(program: Program, environment: Readonly<Record<string, string>>): Promise<void> {
  const [file, ...args] = 'argv' in program ? program.argv : ['bash', '-c', program.command];
  const child = spawn(file, args, {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.resume();
  child.stderr.resume();
  await within(
    new Promise((resolve, reject) => {
      child.once('close', resolve);
      child.once('error', reject);
    }),
    'the end of the command',
  );
}

function marked<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll('{M}', marker)) as T;
}

/** The attempt works without the policy, and with it nothing of it does. */
async function holds(program: Program, environment: Readonly<Record<string, string>>): Promise<void> {
  await run(program, environment);
  await eventually(() => existsSync(marker), Boolean);
  rmSync(marker);
  const explained = policy.explain(program, environment, null);
  if (explained.runs !== null) await run(explained.runs, environment);
  expect(existsSync(marker)).toBe(false);
}

describe('a line gets past the allow-list neither', () => {
  it.each(SYNTAX_BYPASSES)('by %s', async (_, command) => {
    await holds(marked({ command }), {});
  });

  it.each(PROGRAM_BYPASSES)('by %s', async (_, command) => {
    await holds(marked({ command }), {});
  });
});

describe('a request gets past the allow-list neither', () => {
  it.each(REQUEST_BYPASSES)('by %s', async (_, request) => {
    const { program, environment } = marked(request);
    await holds(program, environment);
  });
});

it('tries 120 ways at least, each once', () => {
  const lines = [...SYNTAX_BYPASSES, ...PROGRAM_BYPASSES].map(([, command]) => command);

  expect(new Set(lines).size).toBe(lines.length);
  expect(lines.length).toBeGreaterThanOrEqual(120);
});
