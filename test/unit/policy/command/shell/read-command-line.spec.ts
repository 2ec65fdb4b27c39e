import { describe, expect, it } from '@jest/globals';
import type { CommandLine } from '../../../../../src/policy/command/shell/command-line.js';
import { readCommandLine } from '../../../../../src/policy/command/shell/read-command-line.js';
import { PolicyError } from '../../../../../src/policy/policy-error.js';
import { SYNTAX_BYPASSES } from '../../../../fixtures/policy/syntax-bypasses.js';

function refusal(source: string): PolicyError | null {
  try {
    readCommandLine(source);
    return null;
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
}

describe('a line', () => {
  it.each<[string, CommandLine['commands'], CommandLine['operators']]>([
    ['ls', [['ls']], []],
    [' \t ls  -l\t. ', [['ls', '-l', '.']], []],
    ['a|b', [['a'], ['b']], ['|']],
    ['a | b && c || d ; e', [['a'], ['b'], ['c'], ['d'], ['e']], ['|', '&&', '||', ';']],
    ['a;', [['a']], []],
    ['a\nb\n\nc\n', [['a'], ['b'], ['c']], [';', ';']],
    ['\n\na', [['a']], []],
    ['a &&\n b', [['a'], ['b']], ['&&']],
    ['a |\n# note\nb', [['a'], ['b']], ['|']],
    ['a # note; c', [['a']], []],
    ['a # note\nb', [['a'], ['b']], [';']],
    ['# note\na', [['a']], []],
    ['a;# note\nb', [['a'], ['b']], [';']],
    ['a b\\\n c', [['a', 'b', 'c']], []],
    ['a \\\n  b', [['a', 'b']], []],
    ['a \\\n| b', [['a'], ['b']], ['|']],
    [`git commit -m 'it'"'"'s "done"; $x'`, [['git', 'commit', '-m', `it's "done"; $x`]], []],
    ['dd if=x of=y', [['dd', 'if=x', 'of=y']], []],
    ['printf "%s\\n" "a  b" ""', [['printf', '%s\\n', 'a  b', '']], []],
    ["grep 'a\nb' file", [['grep', 'a\nb', 'file']], []],
    ['[ -f x ]', [['[', '-f', 'x', ']']], []],
    ["'if' 'a;b'", [['if', 'a;b']], []],
    ["echo 'ünï ©ödé' 日本", [['echo', 'ünï ©ödé', '日本']], []],
    ['echo a!b !c', [['echo', 'a!b', '!c']], []],
  ])('%j has these words and operators', (source, commands, operators) => {
    expect(readCommandLine(source)).toEqual({ commands, operators });
  });

  it.each([
    ['', 'empty', ''],
    [' \n ', 'empty', ''],
    ['# note', 'empty', ''],
    ['#!/bin/sh\nls', 'unknown_syntax', 'ls'],
    // What the parser reads over.
    ['ls(', 'unknown_syntax', 'ls'],
    ['ls(a b', 'unknown_syntax', 'ls'],
    ['ls && a( b', 'unknown_syntax', 'ls'],
    ['ls\0', 'not_well_formed', 'ls\ufffd'],
    ['ls \ud800', 'not_well_formed', 'ls'],
    ['ls &&', 'not_well_formed', 'ls'],
    ['ls;;', 'not_well_formed', 'ls'],
    ['; ls', 'not_well_formed', ''],
    ['| ls', 'not_well_formed', ''],
    ["ls 'a", 'not_well_formed', 'ls'],
    ['ls "a', 'not_well_formed', 'ls'],
    ['ls \\', 'not_well_formed', 'ls'],
    ['if', 'compound', ''],
    ['ls )', 'not_well_formed', 'ls'],
    ['ls &', 'background', 'ls'],
    ['ls & rm', 'background', 'ls'],
    ['ls > x', 'redirection', 'ls'],
    ['ls <<< x', 'redirection', 'ls'],
    ['ls |& cat', 'redirection', 'ls'],
    ['ls <<E\nE', 'heredoc', 'ls'],
    ['A=1', 'assignment', ''],
    ['A=1 ls', 'assignment', 'ls'],
    ['declare A=1', 'assignment', 'declare'],
    ['A=(1) ls', 'assignment', 'ls'],
    ['ls() { rm; }', 'function', ''],
    ['coproc ls', 'coproc', ''],
    ['(ls)', 'subshell', ''],
    ['! ls', 'negation', 'ls'],
    ['time ls', 'time', 'ls'],
    ['{ ls; }', 'compound', ''],
    ['if a; then b; fi', 'compound', ''],
    ['for a in b; do c; done', 'compound', ''],
    ['for ((;;)); do a; done', 'compound', ''],
    ['select a in b; do c; done', 'compound', ''],
    ['while a; do b; done', 'compound', ''],
    ['case a in b) c;; esac', 'compound', ''],
    ['[[ a ]]', 'compound', ''],
    ['((1))', 'compound', ''],
    ['{ ls; } > x', 'compound', ''],
    ['ls $x', 'expansion', 'ls'],
    ["ls $'x'", 'expansion', 'ls'],
    ['ls $(x)', 'substitution', 'ls'],
    ['ls <(x)', 'redirection', 'ls'],
    ['ls `x`', 'substitution', 'ls'],
    ['ls *', 'glob', 'ls'],
    ['ls @(a)', 'subshell', 'ls'],
    ['ls {a,b}', 'brace', 'ls'],
    ['ls ~', 'tilde', 'ls'],
    ['cat | ls $x', 'expansion', 'ls'],
    ['$x', 'expansion', '$x'],
  ])('%j is refused by %s, and the refusal names the command %j', (source, rule, command) => {
    expect(refusal(source)).toMatchObject({ rule, command, kind: 'not-allowed' });
  });

  it('is read up to 16 KiB and 200 commands', () => {
    const long = `ls ${'é'.repeat(8191)}`;

    expect(refusal(long)).toMatchObject({ rule: 'too_long', command: 'ls' });
    expect(refusal(long.slice(0, -1))).toBeNull();
    expect(refusal(`${'a;'.repeat(199)}a`)).toBeNull();
    expect(refusal(`${'a;'.repeat(200)}a`)).toMatchObject({ rule: 'too_long' });
  });

  it('is refused in time however it is nested', () => {
    for (const piece of ['$(', '`', '(', '{ ', '"${x:-', '$((', '[[ ', 'a[', '<<a ', '*(', '{a,', '<(', "$'"])
      expect(refusal(`echo ${piece.repeat(16_000 / piece.length)}`)).not.toBeNull();
  });

  it.each(SYNTAX_BYPASSES)('of shell source with %s is nothing but literal commands, or refused', (_, source) => {
    const read = refusal(source) === null ? readCommandLine(source) : null;

    for (const [name] of read?.commands ?? []) expect(name).toMatch(/^(touch|echo|cat|ls)$/);
  });
});

it('a refusal names no more than 128 characters of a command', () => {
  expect(refusal(`${'x'.repeat(500)} $y`)?.command).toBe('x'.repeat(128));
});
