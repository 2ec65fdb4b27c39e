import { accessSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CommandLine, Operator, Words } from '../../src/policy/command/shell/command-line.js';
import type * as Open from '../../src/policy/command/open-command-policy.js';
import type * as Text from '../../src/policy/command/shell/shell-text.js';
import { built } from '../support/built.js';
import { byText, FakePrograms } from './support/fake-programs.js';

const { openCommandPolicy } = await built<typeof Open>('policy/command/open-command-policy.js');
const { shellText } = await built<typeof Text>('policy/command/shell/shell-text.js');

const LISTED = ['alpha', 'beta', 'fail', 'if', '['];
const UNLISTED = ['evil', 'touch', 'rm', 'sh', 'cat', 'then', '{', 'a', 'b', '1', 'x'];
const BASH = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'].find(exists) ?? 'bash';
const SHELLS = ['bash', 'dash', 'zsh', 'ksh', 'mksh'].flatMap(
  (name) => ['/bin', '/usr/bin', '/usr/local/bin'].map((directory) => `${directory}/${name}`).find(exists) ?? [],
);

const programs = new FakePrograms([...LISTED, ...UNLISTED]);
const policy = openCommandPolicy({
  allowedCommands: LISTED,
  policyFile: null,
  // bash is found in a directory in which none of the listed programs is.
  path: `${programs.path}:${BASH.slice(0, BASH.lastIndexOf('/'))}`,
  directory: '/',
  workdirRoot: null,
});

afterAll(() => {
  programs.remove();
});

/** Pieces of shell source; half of what they make has nothing special in it. */
const name = fc.constantFrom('alpha', 'beta', 'fail', '"alpha"', "be'ta'", '\\alpha', 'al\\\npha');
const operator = fc.constantFrom(' | ', '|', ' && ', '&&', ' || ', '; ', ';', '\n', ' ; \n', ' # x\n', '&&\n', '|\n');
const plain = fc.constantFrom(
  ...['a', '-x', '=', "'a b'", '"c  d"', "''", '""', '\\ ', 'é', '日本', '"$"', 'x$', '%', '^'],
);
const quoted = fc.string({ unit: 'binary', maxLength: 6 }).map((text) => `'${text.replaceAll(/['\0]/g, '')}'`);
const special = fc.constantFrom(
  ...['evil', 'touch x', '$(evil)', '`evil`', '$x', '${x}', '$((1))', '"', "'", '\\', '#', '~', '{a,b}', '{', '}'],
  ...[
    '*',
    '?',
    '[a]',
    '!',
    '! ',
    '(',
    ')',
    '<',
    '>',
    '>x',
    '>>x',
    '<<E',
    '<<<',
    '&',
    ' & ',
    '|&',
    '&>x',
    ';;',
    '=x',
    'x=',
  ],
  ...['if ', '; then ', '; fi', 'eval ', 'exec ', 'command ', 'time ', 'coproc ', 'alpha() ', '[[ ', '((', 'PATH=. '],
  ...['\r', '\v', '\u00a0', '\u0001', '\u007f', '\ufeff', "$'", '$"', '\n', ' ', '\t', '/bin/', './', '--'],
);
const word = fc.oneof(
  { weight: 4, arbitrary: plain },
  { weight: 2, arbitrary: quoted },
  { weight: 1, arbitrary: special },
);
const simple = fc
  .tuple(name, fc.array(fc.array(word, { minLength: 1, maxLength: 3 }), { maxLength: 3 }))
  .map(([first, words]) => [first, ...words.map((pieces) => pieces.join(''))].join(' '));
const line = fc.array(fc.tuple(simple, operator), { minLength: 1, maxLength: 4 }).map((parts) =>
  parts
    .map((part) => part.join(''))
    .join('')
    .slice(0, -1),
);
const soup = fc.array(fc.oneof(name, operator, word, special, fc.string({ unit: 'binary', maxLength: 2 })), {
  maxLength: 8,
});
const source = fc.oneof(
  { weight: 3, arbitrary: line },
  { weight: 1, arbitrary: soup.map((pieces) => pieces.join('')) },
);

describe('a random line', () => {
  let allowed = 0;

  it('is refused, or runs listed programs only, as bash means it', async () => {
    await fc.assert(
      fc.asyncProperty(source, async (command) => {
        const { runs } = policy.explain({ command }, {}, null);
        if (runs === null) return;
        allowed += 1;
        const account = await programs.run(runs);
        for (const [program = ''] of account.ran) expect(LISTED).toContain(program);
        expect(account.ran).not.toEqual([]);
        expect(account.files).toEqual([]);
        expect(account).toEqual(await programs.run({ command }, BASH));
      }),
      { numRuns: 600 },
    );
  }, 180_000);

  it('is allowed often enough for that to say something', () => {
    expect(allowed).toBeGreaterThan(50);
  });

  it('runs what is not listed where there is no policy', async () => {
    const account = await programs.run({ command: 'alpha "$(evil)"; touch x > y' }, BASH);

    expect(account).toMatchObject({ ran: [['alpha', ''], ['evil'], ['touch', 'x']], files: ['y'] });
  });
});

describe('text made for a shell', () => {
  const wordOf = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }).map((text) => text.replaceAll('\0', '')),
    fc.string({
      unit: fc.constantFrom(...Array.from(`'"\\$\`!#~*?[]{}()<>|&;=^ \t\n\r\u0001\u007f%@-aé`)),
      maxLength: 8,
    }),
  );
  const words = fc
    .tuple(fc.constantFrom('alpha', 'beta', 'fail'), fc.array(wordOf, { maxLength: 3 }))
    .map(([first, rest]): Words => [programs.pathOf(first), ...rest]);
  const commandLine = fc
    .array(fc.tuple(words, fc.constantFrom<Operator>('|', '&&', '||', ';')), { minLength: 1, maxLength: 5 })
    .map((pairs): CommandLine => ({
      commands: pairs.map(([each]) => each),
      operators: pairs.slice(1).map(([, op]) => op),
    }));

  it.each(SHELLS)(
    'means exactly its words and operators to %s',
    async (shell) => {
      await fc.assert(
        fc.asyncProperty(commandLine, async (each) => {
          const { ran, code, files } = await programs.run({ command: shellText(each) }, shell);
          expect({ ran, code, files }).toEqual({ ...meaning(each), files: [] });
        }),
        { numRuns: 150 },
      );
    },
    120_000,
  );
});

/** What runs of a list, by the rules of sh(1). */
function meaning({ commands, operators }: CommandLine): { ran: readonly (readonly string[])[]; code: number } {
  const ran: string[][] = [];
  let code = 0;
  let runs = true;
  for (const [index, [path, ...rest]] of commands.entries()) {
    const before = operators[index - 1];
    // A pipeline is skipped, or runs, as a whole.
    if (before !== '|') runs = before === '&&' ? code === 0 : before === '||' ? code !== 0 : true;
    if (!runs) continue;
    const program = path.slice(path.lastIndexOf('/') + 1);
    ran.push([program, ...rest]);
    if (operators[index] !== '|') code = program === 'fail' ? 1 : 0;
  }
  return { ran: ran.sort(byText), code };
}

function exists(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
}
