import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { withoutShell } from '../../src/process/launcher/without-shell.js';

const PATH = '/usr/local/bin:/usr/bin:/bin';
const SHELLS = ['/bin/bash', '/bin/dash'] as const;
/** Prints what it is given: its arguments, and its environment. */
const TELL = '#!/usr/bin/python3\nimport os, sys, json\nprint(json.dumps([sys.argv, os.getcwd(), dict(os.environ)]))\n';

let directory: string;

beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'without-shell-')));
  mkdirSync(join(directory, 'bin'));
  for (const [name, text] of [
    ['bin/tell', TELL],
    ['tell.py', TELL],
    ['bin/silent', 'echo without an interpreter\n'],
    ['bin/echo', TELL],
  ] as const) {
    writeFileSync(join(directory, name), text);
    chmodSync(join(directory, name), 0o755);
  }
  writeFileSync(join(directory, 'bin/plain'), TELL);
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

function environment(more: Record<string, string> = {}): Record<string, string> {
  return { PATH: `${directory}/bin:${PATH}`, PWD: directory, HOME: '/nonexistent', ...more };
}

function direct(shell: string, line: string, more?: Record<string, string>) {
  return withoutShell([shell, '-c', line], directory, environment(more));
}

/** What came of a program: its exit and all it printed. */
function outcome([file, ...args]: readonly string[], env: Record<string, string | undefined>): unknown[] {
  const { status, signal, stdout, stderr } = spawnSync(file!, args, { cwd: directory, env, encoding: 'utf8' });
  return [status, signal, stderr, stdout.startsWith('[') ? (JSON.parse(stdout) as unknown) : stdout];
}

describe.each(SHELLS)('a line for %s', (shell) => {
  it.each([
    ['tell'],
    ['tell one two'],
    ['  tell\t--flag=value  -x a.b:c/d,e%f@g+h\n'],
    [`tell 'two words' "two more" '$HOME \`x\` "' "it's !" '' "" a'b c'"d"=e`],
    [`tell 'line 1\nline 2' "täglich" '日本'`],
    ['./tell.py x'],
    ['true'],
    ['false'],
    ['sh -c "exit 7"'],
  ])('%j becomes what the shell becomes', (line) => {
    const more = { SHLVL: '3', OLDPWD: '/', TERM: 'dumb' };
    const start = direct(shell, line, more);

    expect(start).not.toBeNull();
    expect(outcome(start!.argv, start!.environment)).toEqual(outcome([shell, '-c', line], environment(more)));
  });

  it('may name the program by its path in quotes, as a policy does', () => {
    const line = `'${directory}/tell.py' 'a'`;
    const start = direct(shell, line);

    expect(start?.argv).toEqual([`${directory}/tell.py`, 'a']);
    expect(outcome(start!.argv, start!.environment)).toEqual(outcome([shell, '-c', line], environment()));
  });

  it.each([
    ['echo a', 'is a command of the shell, whatever program there is'],
    ['cd /', 'is a command of the shell'],
    ['true --help', 'is not the same as the program'],
    ['time tell', 'begins with a reserved word'],
    ['A=1 tell', 'sets a variable'],
    ['tell $HOME', 'expands a variable'],
    ['tell "$HOME"', 'expands one in quotes'],
    ['tell `id`', 'expands a command'],
    ['tell "a\\b"', 'has an escape'],
    ['tell a\\ b', 'has an escape'],
    ['tell *', 'expands a pattern'],
    ['tell [a]', 'expands a pattern'],
    ['tell {a,b}', 'expands braces'],
    ['tell ~', 'expands the home directory'],
    ['tell a=~', 'expands it after a sign'],
    ['tell | cat', 'is a pipeline'],
    ['tell && tell', 'is a list'],
    ['tell; tell', 'is a list'],
    ['tell\ntell', 'is two lines'],
    ['tell &', 'goes to the background'],
    ['tell > /dev/null', 'redirects'],
    ['tell # not this', 'has a comment'],
    ['tell !', 'has a reserved character'],
    ["tell 'open", 'is not complete'],
    ['tell a\u00a0b', 'has a character that a locale may take for a blank'],
    ['nowhere', 'is not found'],
    ['plain', 'may not be executed'],
    ['silent', 'is a script of the shell'],
    ['', 'is empty'],
    ['"tell" x', 'is named in quotes'],
  ])('%j is for the shell: it %s', (line) => {
    expect(direct(shell, line)).toBeNull();
  });

  it.each([
    ['BASH_ENV', '/tmp/rc'],
    ['BASH_FUNC_tell%%', '() { echo function; }'],
    ['SHELLOPTS', 'xtrace'],
    ['POSIXLY_CORRECT', '1'],
    ['IFS', ','],
    ['a.b', 'no name of a shell'],
    ['PWD', '/elsewhere'],
    ['PATH', `bin:${PATH}`],
    ['PATH', `:${PATH}`],
  ])('is for the shell where the environment has %s=%s', (name, value) => {
    expect(direct(shell, 'tell')).not.toBeNull();
    expect(direct(shell, 'tell', { [name]: value })).toBeNull();
  });

  it('is the shell’s in all that it does not see through', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'tell',
        'a',
        '"b c"',
        "'d'",
        '$x',
        '~',
        '=',
        'x=1',
        '{a,b}',
        '*',
        '\\',
        '#',
        '!',
        '-',
        '<',
        ';',
        '&',
      ),
      fc.string({ maxLength: 4 }).filter((text) => !text.includes('\0')),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), fc.constantFrom('', ' '), (words, between) => {
        const line = `tell ${words.join(between)}`;
        const start = direct(shell, line);
        if (start === null) return;
        expect(outcome(start.argv, start.environment)).toEqual(outcome([shell, '-c', line], environment()));
      }),
      { numRuns: 60 },
    );
  });
});

it('is nothing for other shells, options or arguments', () => {
  for (const argv of [
    ['/bin/bash', '-lc', 'tell'],
    ['/bin/bash', '-c', 'tell', 'name'],
    ['/bin/bash', '-c'],
    ['bash', '-c', 'tell'],
    ['/usr/bin/python3', '-c', 'tell'],
    ['/bin/zsh', '-c', 'tell'],
  ] as [string, ...string[]][])
    expect(withoutShell(argv, directory, environment())).toBeNull();
});

it.each([
  [{ SHLVL: 'x' }, null],
  [{ SHLVL: '1000' }, null],
  [{ SHLVL: '07' }, { SHLVL: '7' }],
  [{ OLDPWD: '/nowhere' }, { SHLVL: '0' }],
])('of bash, which counts its own levels, is with %j', (more, expected) => {
  const start = direct('/bin/bash', 'tell', more);
  if (expected === null) expect(start).toBeNull();
  else {
    expect(start?.environment).toMatchObject(expected);
    expect(outcome(start!.argv, start!.environment)).toEqual(outcome(['/bin/bash', '-c', 'tell'], environment(more)));
  }
});
