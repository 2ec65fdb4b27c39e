import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readClassification } from '../../../../src/config/classification-file.js';
import { Classifier } from '../../../../src/timeout/classification/classifier.js';
import { CommandUnwrapper } from '../../../../src/timeout/classification/command-unwrapper.js';
import { commandWords } from '../../../../src/timeout/classification/command-words.js';
import { normalForm } from '../../../../src/timeout/classification/normal-form.js';

const table = readClassification(null, []);
const unwrapper = new CommandUnwrapper(table.wrappers);

function formOf(line: string): string {
  return normalForm(unwrapper.unwrap(commandWords(line)));
}

describe('the normal form', () => {
  it.each([
    ['npm run build', 'npm run build'],
    ['npm   run\tlint', 'npm run lint'],
    ['grep "foo bar" x', 'grep %s x'],
    ["git commit -m 'it''s'", 'git commit -m %s%s'],
    ['head -n 20 /var/log/syslog', 'head -n %n %p'],
    ['make -j8', 'make -j%n'],
    ['sleep 0.5', 'sleep %n'],
    ['tsc -p tsconfig.build.json --outDir=../x', 'tsc -p %p --outDir=%p'],
    ['gcc -I/usr/include a.c', 'gcc -I%p %p'],
    ['git show 3fa9c1d', 'git show %n'],
    ['x 123e4567-e89b-12d3-a456-426614174000', 'x %n'],
    ['x deadbeef feature', 'x deadbeef feature'],
    ['curl https://example.com/a?b=1', 'curl %p'],
    ['./bin/tool.sh a && /usr/bin/other', 'tool.sh a ; other'],
    ['A=1 make > out.log 2>&1', 'make'],
    ["bash -c 'cd x; make'", 'cd x ; make'],
    ['timeout 30 make', 'make'],
    ['echo $(date) ${HOME}x $USER', 'echo %s %sx $USER'],
    ['', ''],
  ])('of %j is %j', (line, form) => {
    expect(formOf(line)).toBe(form);
  });

  it.each([
    ['npm run build', 'npm run lint'],
    ['npm test', 'npm test -- a'],
    ['./a', './b'],
  ])('keeps %j from %j', (one, other) => {
    expect(formOf(one)).not.toBe(formOf(other));
  });

  it('of a form is the form', () => {
    const piece = fc.constantFrom(
      ...[
        '"a b"',
        "'x'",
        '$(y)',
        '`z`',
        '\\;',
        '\\\n',
        ' ',
        '\n',
        ';',
        '&&',
        '|',
        '&',
        '(',
        ')',
        '<<E',
        '>',
        '2>',
        '#',
      ],
      ...['a/b', 'x.ts', '12', '3fa9c1d', '-c', '--', '=', 'A=1', '[[', ']]', '{', '}', '!', '@1', '%s', '-', '.', '~'],
      ...['sudo', 'env', 'bash', 'python', 'uv', 'run', 'timeout', 'nice', '-n', '-m', 'then', 'time', "'-c'", "'run'"],
    );
    const spaced = fc.array(fc.tuple(piece, fc.constantFrom('', ' ', ' ')), { maxLength: 40 });
    const line = fc.oneof(
      spaced.map((pieces) => pieces.flat().join('')),
      fc.string({ unit: 'binary' }),
      fc.string(),
    );
    fc.assert(
      fc.property(line, (text) => {
        const form = formOf(text);
        expect(formOf(form)).toBe(form);
      }),
      { numRuns: 2000 },
    );
  });

  it('of a long line is that of its beginning', () => {
    const form = formOf('x 1 '.repeat(10_000));

    expect(form.length).toBeLessThanOrEqual(4096);
    expect(formOf(form)).toBe(form);
  });
});

describe('a digest', () => {
  const classifier = new Classifier(table);

  it.each([
    ['npm run build', '16c0e4305ac2'],
    ['npm test -- a', 'a43d2f256360'],
    ['pytest -q tests/unit', 'c8ed26cea949'],
    ['cd web && make -j8 all', '74965b542fe0'],
    ['claude -p "write a function" --max-turns 3', '5a35cb5484af'],
    ['grep -rn "TODO" src | head -n 5', 'fd5898540226'],
  ])('of %j stays %s over versions', (command, digest) => {
    expect(classifier.classify({ command }).digest).toBe(digest);
  });
});
