import { describe, expect, it } from '@jest/globals';
import { EnvironmentPolicy } from '../../../src/policy/environment-policy.js';

const DANGEROUS = [
  ...[
    'PATH',
    'HOME',
    'ENV',
    'IFS',
    'PS4',
    'SHELLOPTS',
    'BASHOPTS',
    'BASH_ENV',
    'PROMPT_COMMAND',
    'LD_PRELOAD',
    'LD_AUDIT',
  ],
  ...['LD_LIBRARY_PATH', 'NODE_OPTIONS', 'NODE_PATH', 'PYTHONPATH', 'PYTHONSTARTUP', 'PERL5OPT', 'PERL5LIB', 'RUBYOPT'],
  ...[
    'GIT_SSH_COMMAND',
    'GIT_EXTERNAL_DIFF',
    'EDITOR',
    'PAGER',
    'LESSOPEN',
    'TAR_OPTIONS',
    'POSIXLY_CORRECT',
    'npm_config_x',
  ],
  ...[
    'GLIBC_TUNABLES',
    'GCONV_PATH',
    'LOCPATH',
    'JAVA_TOOL_OPTIONS',
    '_JAVA_OPTIONS',
    'MAKEFLAGS',
    'RSYNC_RSH',
    'http_proxy',
  ],
];

function refused(policy: EnvironmentPolicy, names: readonly string[]): string[] {
  return names.filter((name) => policy.refused({ [name]: 'x' }) !== null);
}

describe('where any variable is allowed', () => {
  const policy = new EnvironmentPolicy('any');

  it('only the marks of the service are refused', () => {
    expect(refused(policy, [...DANGEROUS, 'X', 'a-b', 'BASH_FUNC_x%%'])).toEqual([]);
    expect(policy.refused({ A: '', CC_EXECUTOR_INSTANCE: 'x' })).toBe('CC_EXECUTOR_INSTANCE');
  });
});

describe('where harmless variables are allowed', () => {
  const policy = new EnvironmentPolicy('harmless');

  it.each([
    ['LANG', 'en_US.UTF-8'],
    ['LC_ALL', 'C'],
    ['TZ', 'Europe/Paris'],
    ['TERM', 'xterm-256color'],
    ['NO_COLOR', ''],
    ['COLUMNS', '80'],
  ])('%s may be %j', (name, value) => {
    expect(policy.refused({ [name]: value })).toBeNull();
  });

  it.each([
    ['TZ', ':/etc/shadow'],
    ['TZ', '/etc/shadow'],
    ['LANG', '../../tmp/x'],
    ['TERM', '/tmp/x'],
    ['LC_ALL', 'a\nb'],
    ['LC_', '%%=() { x; }/..'],
  ])('%s may not be %j', (name, value) => {
    expect(policy.refused({ [name]: value })).toBe(name);
  });

  it('no other is', () => {
    const names = [...DANGEROUS, 'X', 'LANG ', 'lang', 'LC', 'LC_X%%', 'LC_-', '', '__proto__', 'constructor'];

    expect(refused(policy, names)).toEqual(names);
  });

  it('no variable is none that is refused', () => {
    expect(policy.refused({})).toBeNull();
  });
});

describe('where variables are named', () => {
  it('these are allowed, with any value, and no others', () => {
    const policy = new EnvironmentPolicy(['A', 'B_*']);

    expect(refused(policy, ['A', 'B_', 'B_x', 'AB', 'B', 'C'])).toEqual(['AB', 'B', 'C']);
    expect(policy.refused({ A: '/../\n:' })).toBeNull();
  });

  it('a pattern does not mean a variable that makes programs run or load others, unless it is named in full', () => {
    const prefixes = [...new Set(DANGEROUS.map((name) => `${name.slice(0, 1)}*`))];

    expect(refused(new EnvironmentPolicy(prefixes), DANGEROUS)).toEqual(DANGEROUS);
    expect(refused(new EnvironmentPolicy(DANGEROUS), DANGEROUS)).toEqual([]);
  });

  it('the marks of the service are refused all the same', () => {
    const policy = new EnvironmentPolicy(['CC_EXECUTOR_INSTANCE', 'CC_*']);

    expect(policy.refused({ CC_EXECUTOR_INSTANCE: 'x' })).toBe('CC_EXECUTOR_INSTANCE');
  });

  it('none may be', () => {
    expect(new EnvironmentPolicy([]).refused({ A: '' })).toBe('A');
  });
});
