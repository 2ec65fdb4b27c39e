import { describe, expect, it } from '@jest/globals';
import { runsCommands } from '../../../../src/policy/command/command-runners.js';

describe('a program that runs others', () => {
  it.each([
    ...[
      'sh',
      'bash',
      'zsh',
      'dash',
      'busybox',
      'env',
      'xargs',
      'find',
      'awk',
      'gawk',
      'sed',
      'git',
      'tar',
      'make',
      'ssh',
    ],
    ...[
      'scp',
      'rsync',
      'node',
      'npm',
      'npx',
      'perl',
      'ruby',
      'php',
      'lua',
      'vi',
      'vim',
      'less',
      'more',
      'man',
      'ed',
      'nice',
    ],
    ...[
      'nohup',
      'timeout',
      'time',
      'watch',
      'sudo',
      'su',
      'doas',
      'strace',
      'gdb',
      'script',
      'expect',
      'parallel',
      'at',
    ],
    ...[
      'crontab',
      'systemd-run',
      'docker',
      'kubectl',
      'claude',
      'python',
      'python3',
      'python3.11',
      'Rscript',
      'gcc-12',
    ],
    ...[
      '/usr/bin/env',
      '/opt/x/perl5.36.0',
      'vim.basic',
      'g++-12',
      'git-upload-pack',
      'ld-linux-x86-64.so.2',
      'lua5.4',
    ],
  ])('is %s', (name) => {
    expect(runsCommands(name, null)).toBe(true);
  });

  it.each([
    'ls',
    'cat',
    'echo',
    'grep',
    'head',
    'sort',
    'wc',
    'jq',
    'curl',
    'cp',
    'tee',
    'dd',
    'id',
    'uname',
    'md5sum',
    'base64',
    'gitk2x',
    'shuf',
    'date',
  ])('is not %s', (name) => {
    expect(runsCommands(name, null)).toBe(false);
  });

  it.each([
    ['editor', '/usr/bin/vim.basic', true],
    ['thing', '/usr/bin/python3.11', true],
    ['ls', '/bin/busybox', false],
    ['ls', '/usr/bin/coreutils', false],
    ['awk', '/bin/busybox', true],
    ['ls', '/usr/bin/ls', false],
  ])('%s that leads to %s: %j', (name, path, runs) => {
    expect(runsCommands(name, path)).toBe(runs);
  });
});
