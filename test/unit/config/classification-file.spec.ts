import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readClassification } from '../../../src/config/classification-file.js';

const RULE = { programs: ['x'], category: 'a', complexity: 'low' };

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'classification-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** A file that holds this, and its path. */
function fileOf(content: string | Buffer): string {
  const path = join(directory, 'rules.yaml');
  writeFileSync(path, content);
  return path;
}

function read(content: string): ReturnType<typeof readClassification> {
  const faults: string[] = [];
  const table = readClassification(fileOf(content), faults);
  expect(faults).toEqual([]);
  return table;
}

function faultsOf(path: string): string[] {
  const faults: string[] = [];
  readClassification(path, faults);
  return faults;
}

describe("the service's own table", () => {
  it('has no fault, and a complexity, a category and a type for every rule', () => {
    const faults: string[] = [];
    const { rules, wrappers } = readClassification(null, faults);

    expect(faults).toEqual([]);
    expect(rules.length).toBeGreaterThan(200);
    expect(wrappers.length).toBeGreaterThan(20);
    for (const rule of rules) {
      expect([rule.category, rule.type]).toEqual([
        expect.stringMatching(/^[a-z]+$/),
        expect.stringMatching(/^[a-z]+$/),
      ]);
    }
  });

  it('cannot be changed', () => {
    const table = readClassification(null, []);

    expect(Object.isFrozen(table)).toBe(true);
    expect(Object.isFrozen(table.rules)).toBe(true);
    expect(Object.isFrozen(table.rules[0]?.programs)).toBe(true);
  });
});

describe("a user's table", () => {
  it("goes before the service's own", () => {
    const { rules, wrappers } = read('rules: [{programs: x, category: a, complexity: low}]\nwrappers: [{programs: y}]');
    const own = readClassification(null, []);

    expect(rules.slice(1)).toEqual(own.rules);
    expect(wrappers.slice(1)).toEqual(own.wrappers);
    expect(rules[0]).toEqual({
      ...{ programs: ['x'], subcommands: null, arguments: null, mentions: null, valueOptions: [] },
      ...{ minCharacters: 0, maxArguments: Infinity, category: 'a', name: '<program>', complexity: 'low', type: 'a' },
      ...{ successExitCodes: [0], isSetup: false },
    });
    expect(wrappers[0]).toEqual({
      ...{ programs: ['y'], subcommands: null, valueOptions: [], ownWords: 0, commandAfter: null, lineAfter: null },
    });
  });

  it('gives a case what its rule gives, before the rule', () => {
    const { rules } = read(`
      rules:
        - programs: x, y*
          category: a
          type: t
          complexity: low
          cases:
            - { subcommands: [run build], name: x_<2>, complexity: high, success_exit_codes: 3 }
            - { category: b, min_characters: 5, max_arguments: 2, mentions: [Big Job], setup: true }
    `);
    const [first, second, rule] = rules;

    expect(first).toMatchObject({ programs: ['x', 'y*'], subcommands: ['run build'], category: 'a', type: 't' });
    expect(first).toMatchObject({ name: 'x_<2>', complexity: 'high', successExitCodes: [3] });
    expect(second).toMatchObject({ category: 'b', type: 'b', complexity: 'low', minCharacters: 5, maxArguments: 2 });
    expect(second).toMatchObject({ mentions: ['big job'], isSetup: true });
    expect(rule).toMatchObject({ category: 'a', type: 't', complexity: 'low', subcommands: null, isSetup: false });
  });

  it.each(['', '# nothing\n', 'rules:\n', 'rules: []\nwrappers: []\n'])('may hold nothing: %j', (content) => {
    expect(read(content)).toEqual(readClassification(null, []));
  });
});

describe('a file that cannot be used is told of', () => {
  it.each<[string, string | Buffer, string]>([
    ['no YAML', 'rules: [', 'Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['two documents', 'a: 1\n---\nb: 2', 'Source contains multiple documents; please use YAML.parseAllDocuments()'],
    ['a key twice', 'rules: []\nrules: []', 'Map keys must be unique at line 2, column 1'],
    ['a tag', 'rules: !!js/function x', 'Unresolved tag: tag:yaml.org,2002:js/function at line 1, column 8'],
    ['no UTF-8', Buffer.from([0x61, 0xff]), 'must be UTF-8'],
    ['too much', '#'.repeat(1_048_577), 'must not be larger than 1048576 bytes (it has 1048577)'],
    ['too many aliases', aliases(), 'Excessive alias count indicates a resource exhaustion attack'],
    ['a list', '[]', 'the file must be a map of rules, wrappers'],
    ['a text', 'rules', 'the file must be a map of rules, wrappers'],
  ])('where it holds %s', (_, content, fault) => {
    const [told, ...others] = faultsOf(fileOf(content));

    expect(told?.slice(0, fault.length + 21)).toBe(`CLASSIFICATION_FILE: ${fault}`);
    expect(others).toEqual([]);
  });

  it('where it is not there, or no file', () => {
    expect(faultsOf(join(directory, 'none.yaml'))).toEqual(['CLASSIFICATION_FILE: cannot be read (ENOENT)']);
    expect(faultsOf(directory)).toEqual(['CLASSIFICATION_FILE: must be a regular file']);
  });

  it('where it is nested beyond measure', () => {
    expect(faultsOf(fileOf('['.repeat(100_000)))).toHaveLength(1);
  });
});

describe('a faulty field is told of', () => {
  const caseFields =
    'programs, subcommands, arguments, mentions, min_characters, max_arguments, value_options, category, name, complexity, type, success_exit_codes, setup';
  const complexity = 'must be one of trivial, low, simple, medium, high, complex, extreme';
  const part = 'must be 1 to 64 lower-case letters, digits, _ . or -';
  const name = `${part}, of which not all are <1> or <2>; <program>, <1> and <2> may stand among them`;
  const texts = 'must be a list of 1 to 2000 texts of 1 to 128 characters; true, null and numbers are quoted';
  const option = 'must be an option like -c';

  it.each<[object, string]>([
    [{ rule: [] }, 'the file has no field "rule"; there are rules, wrappers'],
    [{ rules: {} }, 'rules must be a list'],
    [{ rules: [RULE, 1] }, `rules[1] must be a map of ${caseFields}, cases`],
    [{ rules: [{ ...RULE, colour: 1 }] }, `rules[0] has no field "colour"; there are ${caseFields}, cases`],
    [{ rules: [{ ...RULE, programs: undefined }] }, 'rules[0].programs must be given'],
    [{ rules: [{ ...RULE, category: null }] }, 'rules[0].category must be given'],
    [{ rules: [{ ...RULE, complexity: undefined }] }, 'rules[0].complexity must be given'],
    [{ rules: [{ ...RULE, programs: [] }] }, `rules[0].programs ${texts}`],
    [{ rules: [{ ...RULE, programs: [true] }] }, `rules[0].programs ${texts}`],
    [{ rules: [{ ...RULE, programs: 5 }] }, `rules[0].programs ${texts}`],
    [{ rules: [{ ...RULE, subcommands: 'a,,b' }] }, `rules[0].subcommands ${texts}`],
    [{ rules: [{ ...RULE, arguments: ['x'.repeat(129)] }] }, `rules[0].arguments ${texts}`],
    [{ rules: [{ ...RULE, mentions: [{}] }] }, `rules[0].mentions ${texts}`],
    [{ rules: [{ ...RULE, value_options: [' '] }] }, `rules[0].value_options ${texts}`],
    [{ rules: [{ ...RULE, min_characters: 0 }] }, 'rules[0].min_characters must be a whole number from 1 to 16384'],
    [{ rules: [{ ...RULE, max_arguments: 1.5 }] }, 'rules[0].max_arguments must be a whole number from 0 to 1000'],
    [{ rules: [{ ...RULE, category: 'A b' }] }, `rules[0].category ${part} (got "A b")`],
    [{ rules: [{ ...RULE, type: 5 }] }, `rules[0].type ${part} (got number)`],
    [{ rules: [{ ...RULE, name: '<3>' }] }, `rules[0].name ${name} (got "<3>")`],
    [{ rules: [{ ...RULE, name: '<1><2>' }] }, `rules[0].name ${name} (got "<1><2>")`],
    [{ rules: [{ ...RULE, complexity: 'huge' }] }, `rules[0].complexity ${complexity} (got "huge")`],
    [{ rules: [{ ...RULE, complexity: ['low'] }] }, `rules[0].complexity ${complexity} (got a list)`],
    [
      { rules: [{ ...RULE, success_exit_codes: [256] }] },
      'rules[0].success_exit_codes must be a list of whole numbers from 0 to 255',
    ],
    [{ rules: [{ ...RULE, setup: 'yes' }] }, 'rules[0].setup must be true or false'],
    [{ rules: [{ ...RULE, cases: 'x' }] }, 'rules[0].cases must be a list'],
    [{ rules: [{ ...RULE, cases: [{ complexity: 'x' }] }] }, `rules[0].cases[0].complexity ${complexity} (got "x")`],
    [
      { rules: [{ ...RULE, cases: [{ cases: [] }] }] },
      `rules[0].cases[0] has no field "cases"; there are ${caseFields}`,
    ],
    [{ wrappers: [{}] }, 'wrappers[0].programs must be given'],
    [{ wrappers: [{ programs: 'x', own_words: 17 }] }, 'wrappers[0].own_words must be a whole number from 0 to 16'],
    [{ wrappers: [{ programs: 'x', command_after: 'c' }] }, `wrappers[0].command_after ${option} (got "c")`],
    [{ wrappers: [{ programs: 'x', line_after: 1 }] }, `wrappers[0].line_after ${option} (got number)`],
  ])('%j', (content, fault) => {
    expect(faultsOf(fileOf(JSON.stringify(content)))).toEqual([`CLASSIFICATION_FILE: ${fault}`]);
  });

  it('among others, of which there may be many', () => {
    const faults = faultsOf(
      fileOf(JSON.stringify({ rules: Array.from({ length: 30 }, () => ({ ...RULE, type: '' })) })),
    );

    expect(faults).toHaveLength(21);
    expect(faults.at(-1)).toBe('CLASSIFICATION_FILE: and 10 faults more');
  });
});

/** A list of lists of lists, a hundred aliases each. */
function aliases(): string {
  const lists = ['a', 'b', 'c', 'd'].map(
    (name, index, names) =>
      `&${name} [${Array(100)
        .fill(index === 0 ? 'x' : `*${names[index - 1]!}`)
        .join(', ')}]`,
  );
  return `rules: [${lists.join(', ')}]`;
}
