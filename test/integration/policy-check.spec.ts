import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { openCommandPolicy } from '../../src/policy/command/open-command-policy.js';

const directory = mkdtempSync(join(tmpdir(), 'policy-'));
const deep = join(directory, ...Array<string>(4).fill('x'.repeat(200)));
const far = join(deep, 'far');
mkdirSync(deep, { recursive: true });
for (const path of [join(directory, 'hello'), join(directory, 'bash'), far]) {
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
}
const given = { policyFile: null, path: `${directory}:${deep}`, directory: '/', workdirRoot: null };
const policy = openCommandPolicy({ ...given, allowedCommands: ['hello', 'far'] });
const open = openCommandPolicy({ ...given, allowedCommands: null });

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('with an allow-list', () => {
  it.each([
    ['a NUL', ['hello', 'a\0b'], 'not_well_formed'],
    ['a lone surrogate', ['hello', '\ud800'], 'not_well_formed'],
    ['over 1 MiB of arguments', ['hello', ...Array<string>(9).fill('x'.repeat(120_000))], 'too_long'],
    ['no name', ['', 'hello'], 'not_on_allow_list'],
    ['a name with blanks', ['hello there'], 'not_on_allow_list'],
    ['a property of every object', ['__proto__'], 'not_on_allow_list'],
  ])('arguments with %s are refused', (_, argv, rule) => {
    expect(policy.explain({ argv: argv as [string, ...string[]] }, {}, null).rule).toBe(rule);
  });

  it('arguments are handed over as they are', () => {
    const words = ['$(x)', "it's", '', '*', '\n', 'é', '-'.repeat(120_000)];

    expect(policy.check({ argv: ['hello', ...words] }, {}, null)).toEqual({
      program: { argv: [join(directory, 'hello'), ...words] },
      cwd: '/',
    });
  });

  it('a list is refused that would be too long with the paths of its programs', () => {
    const list = (count: number): string => Array<string>(count).fill('far').join(';');

    expect(policy.explain({ command: list(100) }, {}, null).rule).toBeNull();
    expect(policy.explain({ command: list(200) }, {}, null)).toMatchObject({
      rule: 'too_long',
      command: far.slice(0, 128),
    });
  });

  it('environment and directory are looked at for what is allowed', () => {
    expect(policy.explain({ command: 'hello' }, { LD_PRELOAD: 'x' }, null)).toMatchObject({
      rule: 'environment',
      command: 'hello',
    });
    expect(policy.check({ command: 'hello' }, { LANG: 'C' }, 'x').cwd).toBe('/x');
  });

  it('says so, and what is missing', () => {
    expect([policy.isOpen, policy.missing]).toEqual([false, []]);
  });
});

describe('without an allow-list', () => {
  it.each([{ command: 'rm -rf / && $(curl x | sh) > y' }, { argv: ['anything', '\0'] as [string, ...string[]] }])(
    '%j runs as it is',
    (program) => {
      expect(open.check(program, { LD_PRELOAD: 'x', PATH: '/x' }, null)).toEqual({ program, cwd: '/' });
      expect(open.explain(program, {}, 'a')).toEqual({
        ...{ allowed: true, rule: null, command: null, runs: program, cwd: '/a' },
        reasons: ['Every command is allowed: ALLOWED_COMMANDS is not set'],
      });
    },
  );

  it("the service's own marks are refused all the same, and the refusal names the command", () => {
    expect(open.explain({ command: ' rm x' }, { CC_EXECUTOR_X: 'x' }, null)).toMatchObject({
      rule: 'environment',
      command: 'rm',
    });
    expect(open.isOpen).toBe(true);
  });
});
