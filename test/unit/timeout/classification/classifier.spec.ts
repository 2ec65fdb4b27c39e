import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Classification } from '../../../../src/config/classification.js';
import { readClassification } from '../../../../src/config/classification-file.js';
import { classificationTable } from '../../../../src/config/classification-table.js';
import { COMPLEXITIES } from '../../../../src/config/complexity.js';
import { Classifier } from '../../../../src/timeout/classification/classifier.js';
import type { Task, TaskHint } from '../../../../src/timeout/task.js';

const PART = /^[a-z0-9_.-]{1,64}$/;
const table = readClassification(null, []);
const classifier = new Classifier(table);

function taskOf(command: string, hint?: TaskHint): Task {
  return classifier.classify({ command }, hint);
}

/** The service's rules with some before them. */
function withRules(...rules: object[]): Classification {
  const faults: string[] = [];
  const own = classificationTable({ rules }, (fault) => faults.push(fault));
  expect(faults).toEqual([]);
  return { rules: [...own.rules, ...table.rules], wrappers: table.wrappers };
}

describe('of a line, the command that decides', () => {
  it.each([
    ['cd web && npm ci && npm run build', 'npm_run_build'],
    ['export A=1; cd x; echo $A', 'export'],
    ['cd x && ls', 'ls'],
    ['[[ -f a && -f b ]] && ls', 'ls'],
    ['ls && pwd', 'ls'],
    ['npm start & sleep 5; curl localhost:3000', 'curl'],
    ['npm start &', 'npm_start'],
    ['cat a | grep b | sort', 'grep'],
    ['if [ -f x ]; then make; fi', 'make'],
    ['for f in *.ts; do eslint $f; done', 'eslint'],
    ['cat > x.sh <<END\nnpm run build\nEND', 'cat'],
    ['# npm run build\nls', 'ls'],
    ['echo "npm run build"', 'echo'],
    ['echo $(npm run build)', 'echo'],
    ['f() { make; }; ls', 'make'],
    ['((RANDOM % 5)) || rm -f x', 'rm'],
  ])('%j is %s', (command, name) => {
    expect(taskOf(command).name).toBe(name);
  });

  it('may be one that no rule fits', () => {
    expect(taskOf('git status && ./own-tool')).toMatchObject({ category: 'unknown', isKnown: false });
    expect(taskOf('npm ci && ./own-tool')).toMatchObject({ name: 'npm_ci', isKnown: true });
  });
});

describe('what wraps a command', () => {
  it.each([
    'CI=1 FOO=bar make',
    'env -i CI=1 make',
    'sudo -u bob make',
    'time make',
    'nice -n 10 make',
    'nohup make > out.log 2>&1',
    'timeout -k 5 30 make',
    'stdbuf -oL make',
    "bash -c 'make'",
    'bash -euo pipefail -c "cd x && make"',
    `sudo bash -lc "timeout 5 sh -c 'make'"`,
    'ls | xargs -n 1 make',
    'npx -y make',
    'uv run --with x make',
    'poetry run make',
    '2>&1 make',
    '"make"',
    'ma\\\nke',
    '/usr/bin/make',
  ])('falls away from %j', (command) => {
    expect(taskOf(command).name).toBe('make');
  });

  it('is itself the command where there is none in it', () => {
    expect(taskOf('sudo').name).toBe('sudo');
    expect(taskOf('env A=1').name).toBe('env');
  });
});

describe('a program and its arguments', () => {
  it.each<[readonly string[], string]>([
    [['npm', 'run', 'build'], 'npm_run_build'],
    [['bash', '-c', 'cd x && npm run lint'], 'npm_run_lint'],
    [['/usr/bin/env', 'CI=1', 'make'], 'make'],
    [['claude', '-p', 'fix it; rm x'], 'claude_fix'],
    [['ls', ';', 'make'], 'ls'],
  ])('%j are %s', (argv, name) => {
    expect(classifier.classify({ argv }).name).toBe(name);
  });

  it('have the digest of the line that runs the same', () => {
    const argv = ['claude', '-p', 'write a poem', '--max-turns', '3'];

    expect(classifier.classify({ argv })).toEqual(taskOf('claude -p "another text to write" --max-turns 5'));
  });
});

describe('tags', () => {
  it('say more than the rules', () => {
    expect(taskOf('make # [category:nightly][task:Full Build][complexity:extreme][type:io]')).toEqual({
      category: 'nightly',
      name: 'full_build',
      complexity: 'extreme',
      type: 'io',
      digest: null,
      isKnown: true,
      successExitCodes: [0],
    });
  });

  it.each<[string, Partial<Task>]>([
    ['make # [complexity:low]', { category: 'build', name: 'make', complexity: 'low', isKnown: true }],
    ['make # [complexity:huge]', { complexity: 'complex' }],
    ['make # [task:x]', { category: 'build', name: 'x', digest: null }],
    ['make # [category:]', { category: 'build' }],
    ['claude -p "[category:a][task:b] fix it"', { category: 'a', name: 'b', complexity: 'complex', type: 'agent' }],
    ['./x # [category:a][task:b]', { complexity: 'medium', type: 'general', isKnown: true }],
    ['./x # [category:a]', { category: 'a', complexity: 'medium', type: 'unknown', isKnown: false }],
    ['# [category:a][category:b][task:c]', { category: 'b', name: 'c' }],
  ])('of %j make %j', (command, expected) => {
    expect(taskOf(command)).toMatchObject(expected);
  });

  it('of an argument count too, and change no digest', () => {
    expect(classifier.classify({ argv: ['make', '[category:x]'] }).category).toBe('x');
    expect(taskOf('make all [complexity:low]').digest).toBe(taskOf('make all').digest);
  });
});

describe('a hint', () => {
  it.each<[TaskHint, Partial<Task>]>([
    [{}, { category: 'tagged', name: 'make', complexity: 'complex', type: 'build' }],
    [{ category: 'Own Ä' }, { category: 'own__', name: 'make', type: 'build' }],
    [
      { category: 'a', name: 'b' },
      { category: 'a', name: 'b', complexity: 'complex', digest: null, isKnown: true },
    ],
    [
      { complexity: 'low', type: 'io' },
      { category: 'tagged', complexity: 'low', type: 'io' },
    ],
    [{ name: '' }, { name: 'make' }],
    [{ name: 'x'.repeat(100) }, { name: 'x'.repeat(64) }],
  ])('%j says more than tags and rules', (hint, expected) => {
    expect(taskOf('make # [category:tagged]', hint)).toMatchObject(expected);
  });
});

describe('a rule of the user', () => {
  const own = new Classifier(
    withRules(
      { programs: 'make', subcommands: 'deploy *', category: 'ops', name: 'deploy_<2>', complexity: 'low' },
      { programs: 'own-*', category: 'ops', complexity: 'high', success_exit_codes: [0, 3], type: 'io' },
    ),
  );

  it('goes before those of the service', () => {
    expect(own.classify({ command: 'make deploy web' })).toMatchObject({ category: 'ops', name: 'deploy_web' });
    expect(own.classify({ command: 'make all' })).toMatchObject({ category: 'build', name: 'make_all' });
  });

  it('names what is not known else', () => {
    expect(own.classify({ command: './own-tool a' })).toMatchObject({
      ...{ category: 'ops', name: 'own-tool', complexity: 'high', type: 'io', successExitCodes: [0, 3], isKnown: true },
    });
  });
});

describe('a command that nothing names', () => {
  it('is named by the digest of its form', () => {
    expect(taskOf('./own-tool --size 5 a.txt')).toEqual({
      ...{ category: 'unknown', name: expect.stringMatching(/^[0-9a-f]{12}$/), complexity: 'medium', type: 'unknown' },
      ...{ digest: null, isKnown: false, successExitCodes: [0] },
    });
    expect(taskOf('own-tool --size 77 b.md').name).toBe(taskOf('./own-tool --size 5 a.txt').name);
    expect(taskOf('./other-tool --size 5 a.txt').name).not.toBe(taskOf('./own-tool --size 5 a.txt').name);
  });
});

describe('any string', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({ maxLength: 400 }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
    fc
      .array(
        fc.constantFrom(
          ...['"', "'", '`', '$(', ')', '(', '\\', '\n', ';', '&', '|', '<<', '>', '[[', ']]', '#', ' ', '{', '}'],
          ...[
            'sudo',
            'bash',
            ' -c ',
            'env',
            'A=1',
            'make',
            'uv',
            ' run ',
            'claude',
            ' -p ',
            '[category:',
            'a]',
            '/',
            '.',
          ],
        ),
        { maxLength: 60 },
      )
      .map((parts) => parts.join('')),
  );

  function expectWellFormed({ category, name, complexity, type, digest, successExitCodes }: Task): void {
    for (const part of [category, name, type, digest ?? 'none']) expect(part).toMatch(PART);
    expect(COMPLEXITIES).toContain(complexity);
    expect(successExitCodes.length).toBeGreaterThan(0);
  }

  it('has a task, always the same', () => {
    const another = new Classifier(table);
    fc.assert(
      fc.property(anyText, (command) => {
        const task = taskOf(command);
        expectWellFormed(task);
        expect(another.classify({ command })).toEqual(task);
      }),
      { numRuns: 500 },
    );
  });

  it('may be an argument or a hint', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 5 }), anyText, (argv, said) => {
        expectWellFormed(classifier.classify({ argv }, { category: said, name: said, type: said }));
      }),
    );
  });

  it.each([
    'a',
    "'",
    '"$(',
    '(',
    'a;',
    'claude -p x|',
    'sudo ',
    'a <<E\n',
    '[category:',
    'x 1.',
    '/',
    '\ud800',
    'bash -c "',
  ])('of ten million characters like %j takes no time to speak of', (part) => {
    const command = part.repeat(10_000_000 / part.length);
    const startedAt = performance.now();

    expectWellFormed(taskOf(command));
    expectWellFormed(classifier.classify({ argv: ['x', command] }));
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
