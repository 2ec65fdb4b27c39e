import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AllowList } from '../../../src/policy/allow-list.js';
import { PolicyError } from '../../../src/policy/policy-error.js';

const NAMES = ['ls', 'echo', 'git', 'node20', '/usr/bin/env'];
const list = new AllowList(NAMES);

/** The refusal of a command line, or null where it may run. */
function refusal(command: string, allowed = list): PolicyError | null {
  return refusalOf({ command }, allowed);
}

function refusalOf(
  program: Parameters<AllowList['check']>[0],
  allowed = list,
  environment: Record<string, string> = {},
): PolicyError | null {
  try {
    allowed.check(program, environment);
    return null;
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
}

describe('with an allow-list', () => {
  it.each([
    'ls',
    'ls -la',
    'ls  -l\t/tmp',
    '  ls  ',
    'ls --color=auto --time-style=+%H:%M',
    'echo hello, world',
    'git log --format=%H user@host:path/to.git',
    'git commit -m x',
    'node20 script.js',
    '/usr/bin/env',
    'ls ./a/../b',
    'ls ..',
    'echo -n -- -',
    'echo 1+1 50% a_b',
  ])('%j may run', (command) => {
    expect(refusal(command)).toBeNull();
  });

  it.each([
    ['a second command', 'ls; rm -rf /'],
    ['a second command on another line', 'ls\nrm -rf /'],
    ['a second command behind a carriage return', 'ls\rrm'],
    ['a conjunction', 'ls && rm x'],
    ['a disjunction', 'ls || rm x'],
    ['a pipe', 'ls | sh'],
    ['a pipe of both streams', 'ls |& sh'],
    ['the background', 'ls & rm x'],
    ['a trailing ampersand', 'ls &'],
    ['a command substitution', 'echo $(rm x)'],
    ['backticks', 'echo `rm x`'],
    ['a substitution glued to the name', 'ls$(rm x)'],
    ['a process substitution', 'ls <(rm x)'],
    ['zsh’s process substitution', 'ls =(rm x)'],
    ['output redirection', 'echo x > /etc/passwd'],
    ['glued output redirection', 'echo x>/etc/passwd'],
    ['append', 'echo x >>/etc/passwd'],
    ['input redirection', 'ls < /etc/passwd'],
    ['a here-document', 'ls <<EOF'],
    ['a numbered redirection', 'ls 2>/dev/null'],
    ['redirection of both', 'ls &>/dev/null'],
    ['a variable', 'echo $HOME'],
    ['a variable as the command', '$SHELL'],
    ['a braced variable', 'echo ${PATH}'],
    ['arithmetic', 'echo $((1+1))'],
    ['an ANSI string', "echo $'\\x41'"],
    ['single quotes', "echo 'a b'"],
    ['double quotes', 'echo "a b"'],
    ['quotes within the name', 'r"m" x'],
    ['a backslash', 'echo a\\ b'],
    ['a backslash within the name', 'l\\s'],
    ['a continued line', 'ls \\\nrm'],
    ['a glob', 'ls *'],
    ['a question mark', 'ls /etc/pass??'],
    ['a bracket expression', 'ls [a-z]'],
    ['braces', 'echo {a,b}'],
    ['a group', '{ ls; }'],
    ['a subshell', '(ls)'],
    ['a function', 'ls() { rm x; }'],
    ['a comment', 'ls # rm'],
    ['a negation', '! ls'],
    ['history expansion', 'ls !!'],
    ['a home directory', 'ls ~root'],
    ['a home directory within an assignment-like word', 'ls a=~root'],
    ['zsh’s equals expansion', 'ls =rm'],
    ['zsh’s glob qualifier', 'ls x(e)'],
    ['zsh’s extended glob', 'ls ^x'],
    ['a NUL', 'ls \0rm'],
    ['a no-break space', 'ls\u00a0-l'],
    ['a line separator', 'ls\u2028rm'],
    ['a form feed', 'ls\frm'],
    ['a vertical tab', 'ls\vrm'],
    ['a letter that is not ASCII', 'ls é'],
    ['a letter that looks like another', 'lѕ'],
    ['a lone surrogate', 'ls \ud800'],
  ])('%s (%j) is refused as shell syntax', (_, command) => {
    expect(refusal(command)).toMatchObject({ kind: 'not-allowed', rule: 'shell_syntax' });
  });

  it.each([
    ['another program', 'rm -rf /', 'rm'],
    ['nothing', '', ''],
    ['blanks', ' \t ', ''],
    ['a prefix of a name', 'l', 'l'],
    ['a name with more', 'lsof', 'lsof'],
    ['a name in capitals', 'LS', 'LS'],
    ['a path to a name', '/bin/ls', '/bin/ls'],
    ['a relative path to a name', './ls', './ls'],
    ['a path with dots to a name', '/usr/bin/../bin/env', '/usr/bin/../bin/env'],
    ['an assignment before a name', 'LD_PRELOAD=/tmp/x.so ls', 'LD_PRELOAD=/tmp/x.so'],
    ['an assignment alone', 'PATH=/tmp', 'PATH=/tmp'],
    ['an appending assignment', 'PATH+=/tmp ls', 'PATH+=/tmp'],
    ['a name behind a wrapper', 'sudo ls', 'sudo'],
    ['a reserved word', 'time ls', 'time'],
    ['a precommand modifier', 'noglob ls', 'noglob'],
    ['a builtin', 'eval ls', 'eval'],
    ['a sourced file', '. ls', '.'],
    ['a job', '%1', '%1'],
    ['a property of every object', '__proto__', '__proto__'],
    ['a method of every object', 'constructor', 'constructor'],
  ])('%s (%j) is refused by its name', (_, command, name) => {
    expect(refusal(command)).toMatchObject({
      kind: 'not-allowed',
      rule: 'not_on_allow_list',
      command: name,
      message: `Command '${name}' is not allowed`,
    });
  });

  it.each([
    ['rm -rf / ; ls', 'rm'],
    ['r"m" x', 'r'],
    ['$(rm)', '$(rm)'],
    ['/bin/rm * ', '/bin/rm'],
  ])('the refusal of %j names the command %j', (command, name) => {
    expect(refusal(command)?.command).toBe(name);
  });

  it('nothing but plain words ever passes', () => {
    const piece = fc.oneof(
      fc.constantFrom(...NAMES, ' ', '\t', '-l', 'a=b', ...'|&;<>()$`\\"\'*?[]#~=%!{}^\n\r\0'.split('')),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const command = pieces.join('');
        if (refusal(command) !== null) return;
        expect(command).toMatch(/^[ \t]*[A-Za-z0-9/]+([ \t]+[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*)*[ \t]*$/);
        expect(NAMES).toContain(command.trim().split(/[ \t]/)[0]);
      }),
      { numRuns: 2000 },
    );
  });

  describe('a program with its arguments', () => {
    it.each([[['ls']], [['ls', '-l']], [['echo', '$(rm x)', '; rm', '*', 'a b', '\n']], [['/usr/bin/env', '']]])(
      '%j may run',
      (argv) => {
        expect(refusalOf({ argv })).toBeNull();
      },
    );

    it.each([[['rm']], [['/bin/ls']], [['ls ']], [['ls -l']], [['']], [['LS']], [['sh', '-c', 'ls']]])(
      '%j is refused by its name',
      (argv) => {
        expect(refusalOf({ argv })).toMatchObject({ rule: 'not_on_allow_list', command: argv[0] });
      },
    );

    it('that is none is refused', () => {
      expect(refusalOf({ argv: [] })).toMatchObject({ rule: 'not_on_allow_list', command: '' });
    });
  });

  it('an environment is refused, an empty one is none', () => {
    expect(refusalOf({ command: 'ls' }, list, { LD_PRELOAD: '/tmp/x.so' })).toMatchObject({
      rule: 'environment_with_allow_list',
      command: 'ls',
    });
    expect(refusalOf({ argv: ['ls'] }, list, { A: '' })).toMatchObject({ rule: 'environment_with_allow_list' });
    expect(refusalOf({ command: 'ls' }, list, {})).toBeNull();
  });
});

describe('with an empty allow-list', () => {
  it.each(['ls', '', 'true'])('%j is refused', (command) => {
    expect(refusal(command, new AllowList([]))).toMatchObject({ rule: 'not_on_allow_list' });
  });
});

describe('without an allow-list', () => {
  it('everything may run, with any environment', () => {
    const everything = new AllowList(null);

    expect(refusal('rm -rf / && $(curl x | sh) > y', everything)).toBeNull();
    expect(refusalOf({ argv: ['anything'] }, everything, { LD_PRELOAD: 'x' })).toBeNull();
  });
});
