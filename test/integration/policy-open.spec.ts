import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../src/config/config-error.js';
import type { AppConfig } from '../../src/config/app-config.js';
import { openCommandPolicy } from '../../src/policy/command/open-command-policy.js';
import { PolicyError } from '../../src/policy/policy-error.js';
import { ROOT } from '../e2e/support/service.js';

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'policy-')));
const [bin, other] = [join(directory, 'bin'), join(directory, 'other')];
const config: AppConfig['policy'] = {
  allowedCommands: null,
  policyFile: null,
  path: `relative:${bin}:${other}`,
  directory,
  workdirRoot: null,
};

mkdirSync(bin);
mkdirSync(other);
mkdirSync(join(bin, 'directory'));
for (const file of [
  'bin/hello',
  'other/hello',
  'other/world',
  'other/bash',
  'other/mawk',
  'other/busybox',
  'other/git',
  'other/sort',
])
  program(file);
writeFileSync(join(bin, 'world'), 'not executable');
symlinkSync('mawk', join(other, 'harmless'));
symlinkSync('busybox', join(other, 'ls'));
symlinkSync('nowhere', join(bin, 'gone'));

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function program(file: string): void {
  writeFileSync(join(directory, file), '#!/bin/sh\n');
  chmodSync(join(directory, file), 0o755);
}

function policyFile(text: string): string {
  const file = join(directory, 'policy.yaml');
  writeFileSync(file, text);
  return file;
}

function faults(given: Partial<AppConfig['policy']>): readonly string[] {
  try {
    openCommandPolicy({ ...config, ...given });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

function runs(command: string, given: Partial<AppConfig['policy']>): unknown {
  return openCommandPolicy({ ...config, ...given }).check({ command }, {}, null).program;
}

function rule(command: string, given: Partial<AppConfig['policy']>): string | null {
  return openCommandPolicy({ ...config, ...given }).explain({ command }, {}, null).rule;
}

describe('an allowed name', () => {
  it('stands for the first executable file of that name in the absolute directories of PATH', () => {
    const allowedCommands = ['hello', 'world'];

    expect(runs('hello a', { allowedCommands })).toEqual({ argv: [join(bin, 'hello'), 'a'] });
    expect(runs('world', { allowedCommands })).toEqual({ argv: [join(other, 'world')] });
  });

  it('is not looked for in a directory of PATH that depends on where the service was started', () => {
    expect(rule('hello', { allowedCommands: ['hello'], path: relative(process.cwd(), bin) })).toBe('no_such_program');
  });

  it('keeps its meaning when PATH gets another program of that name', () => {
    const policy = openCommandPolicy({ ...config, allowedCommands: ['late', 'world'] });
    program('bin/late');
    program('bin/world');
    try {
      expect(policy.check({ argv: ['world'] }, {}, null).program).toEqual({ argv: [join(other, 'world')] });
      expect(policy.explain({ argv: ['late'] }, {}, null).rule).toBe('no_such_program');
    } finally {
      rmSync(join(bin, 'late'));
      chmodSync(join(bin, 'world'), 0o644);
    }
  });

  it.each(['absent', 'directory', 'gone', join(bin, 'world'), join(bin, 'absent')])(
    'for which there is no program (%s) is missing, and does not run',
    (name) => {
      const given = { allowedCommands: [name, 'hello'] };

      expect(openCommandPolicy({ ...config, ...given }).missing).toEqual([name]);
      expect(rule(name, given)).toBe('no_such_program');
    },
  );

  it('that is an absolute path stands for itself, and its last part for nothing', () => {
    const path = join(other, 'hello');

    expect(runs(path, { allowedCommands: [path] })).toEqual({ argv: [path] });
    expect(rule('hello', { allowedCommands: [path] })).toBe('not_on_allow_list');
    expect(rule(`${other}/../other/hello`, { allowedCommands: [path] })).toBe('not_on_allow_list');
    expect(rule(path, { allowedCommands: ['hello'] })).toBe('not_on_allow_list');
  });

  it.each(['./hello', 'other/hello', '/usr/../bin/ls', '//bin/ls', '..', '/bin/'])('must not be %s', (name) => {
    expect(faults({ allowedCommands: [name] })).toEqual([
      `ALLOWED_COMMANDS: "${name}" must be the name of a program or its absolute path`,
    ]);
  });
});

describe('a list or a pipeline', () => {
  it('is run by the bash of PATH, with nothing of its environment', () => {
    expect(runs(`hello 'it'"'s" | world && hello`, { allowedCommands: ['hello', 'world'] })).toEqual({
      argv: [
        join(other, 'bash'),
        ...['--norc', '--noprofile', '-p', '-c'],
        `'${bin}/hello' 'it'\\''s' | '${other}/world' && '${bin}/hello'`,
      ],
    });
  });

  it('does not run where there is no bash', () => {
    const given = { allowedCommands: ['hello'], path: bin };

    expect(rule('hello; hello', given)).toBe('no_shell');
    expect(rule('hello', given)).toBeNull();
  });
});

describe('a program that runs others', () => {
  const line = (name: string): string =>
    `ALLOWED_COMMANDS: ${name} runs other commands; take it off the list, or say runs_commands: accepted in POLICY_FILE`;

  it('is refused at the start by a line of its own', () => {
    expect(faults({ allowedCommands: ['git', 'hello', 'find', '/usr/bin/python3.11'] })).toEqual(
      ['git', 'find', '/usr/bin/python3.11'].map(line),
    );
  });

  it('is refused where the policy file has other rules for it', () => {
    const file = policyFile('commands: [{programs: [git], subcommands: [status]}]');

    expect(faults({ allowedCommands: ['git'], policyFile: file })).toEqual([line('git')]);
  });

  it('is refused where a link leads to it, unless the link gives it another meaning', () => {
    expect(faults({ allowedCommands: ['harmless', 'ls'] })).toEqual([line('harmless')]);
  });

  it('is taken where the policy file accepts it', () => {
    const file = policyFile('commands: [{programs: [git], runs_commands: accepted, subcommands: [status]}]');
    const given = { allowedCommands: ['git', 'hello'], policyFile: file };

    expect(faults(given)).toEqual([]);
    expect(runs('git status', given)).toEqual({ argv: [join(other, 'git'), 'status'] });
    expect(rule('git push', given)).toBe('argument_not_allowed');
    expect(rule('hello | git push', given)).toBe('argument_not_allowed');
  });

  it('by some options only loses these, unless the policy file accepts them', () => {
    const accepted = policyFile('commands: [{programs: [sort], runs_commands: accepted}]');
    const denied = join(directory, 'denied.yaml');
    writeFileSync(denied, 'commands: [{programs: [sort], denied_options: [-o]}]');
    const allowedCommands = ['sort'];

    expect(rule('sort --compress-program=x', { allowedCommands })).toBe('argument_not_allowed');
    expect(rule('sort --compress-program=x', { allowedCommands, policyFile: denied })).toBe('argument_not_allowed');
    expect(rule('sort -o x', { allowedCommands, policyFile: denied })).toBe('argument_not_allowed');
    expect(rule('sort --compress-program=x', { allowedCommands, policyFile: accepted })).toBeNull();
    expect(rule('sort -r', { allowedCommands })).toBeNull();
  });
});

describe('a policy file', () => {
  it('that comes with the service holds', () => {
    const example = join(ROOT, 'config', 'policy.example.yaml');

    expect(faults({ allowedCommands: ['ls', 'cat', 'grep', 'git', 'npm'], policyFile: example })).toEqual([]);
  });

  it('cannot have rules that hold for nothing', () => {
    const file = policyFile('commands:\n- programs: [ls, cat]\n- programs: [ls, hello]');

    expect(faults({ policyFile: file })).toContain(
      'POLICY_FILE: commands has rules that hold for nothing, as ALLOWED_COMMANDS is not set',
    );
    expect(faults({ policyFile: file, allowedCommands: ['ls', 'hello'] })).toEqual([
      'POLICY_FILE: commands[0].programs: cat is not in ALLOWED_COMMANDS',
      'POLICY_FILE: commands[1].programs: ls is in commands[0] already',
    ]);
  });

  it('says which variables a client may give, with or without a list of commands', () => {
    const file = policyFile('environment: {allowed: [A_*, PATH]}');
    for (const allowedCommands of [null, ['hello']]) {
      const policy = openCommandPolicy({ ...config, allowedCommands, policyFile: file });
      const refusal = (name: string): string | null => policy.explain({ argv: ['hello'] }, { [name]: 'x' }, null).rule;

      expect(['A_B', 'PATH', 'B', 'LANG'].map(refusal)).toEqual([null, null, 'environment', 'environment']);
    }
  });

  it.each([
    ['is absent', () => join(directory, 'absent'), 'cannot be read (ENOENT)'],
    ['is a directory', () => directory, 'must be a regular file'],
    ['is no YAML', () => policyFile('commands: ['), expect.stringContaining('at line 1')],
    ['is a list', () => policyFile('- a'), 'the file must be a map of commands, environment'],
    ['has too many aliases', () => policyFile(`a: &a [1]\nb: [${'*a,'.repeat(200)}]`), expect.stringMatching(/alias/i)],
  ])('that %s is a fault', (_, file, fault) => {
    const [line = ''] = faults({ policyFile: file() });

    expect(line.replace('POLICY_FILE: ', '')).toEqual(fault);
  });

  it('with very many faults tells the first twenty', () => {
    const lines = faults({ policyFile: policyFile(`commands: [${'{},'.repeat(50)}]`) });

    expect(lines.filter((each) => each.endsWith('.programs must be given'))).toHaveLength(20);
    expect(lines).toContain('POLICY_FILE: and 30 faults more');
  });
});

describe('a root for working directories', () => {
  it.each([
    ['is absent', join(directory, 'absent'), 'cannot be used (ENOENT)'],
    ['is a file', join(bin, 'hello'), 'must be a directory'],
  ])('that %s is a fault', (_, workdirRoot, fault) => {
    expect(faults({ workdirRoot })).toEqual([`WORKDIR_ROOT: ${fault}`]);
  });

  it('is where a command runs; another directory is refused', () => {
    const policy = openCommandPolicy({ ...config, workdirRoot: other });

    expect(policy.check({ command: 'anything' }, {}, null).cwd).toBe(other);
    expect(() => policy.check({ command: 'anything' }, {}, bin)).toThrow(PolicyError);
    expect(policy.explain({ command: 'rm x' }, {}, '..')).toMatchObject({
      ...{ allowed: false, rule: 'working_directory', command: 'rm', runs: null, cwd: null },
    });
  });
});

it('tells every fault at once', () => {
  const given = { allowedCommands: ['./x', 'git'], policyFile: join(directory, 'absent'), workdirRoot: '/absent' };

  expect(faults(given).map((line) => line.slice(0, line.indexOf(':')))).toEqual([
    'POLICY_FILE',
    'ALLOWED_COMMANDS',
    'ALLOWED_COMMANDS',
    'WORKDIR_ROOT',
  ]);
});
