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

  it.each(['', '# nothing\n', 'rules:\n', 'rules: []\nwrappers: []\n'])('may hold nothing: %j', (content) => {
    expect(read(content)).toEqual(readClassification(null, []));
  });
});

describe('a file that cannot be used is told of', () => {
  it.each<[string, string | Buffer, string]>([
    ['no YAML', 'rules: [', 'unexpected end of the stream within a flow collection at line 1, column 9'],
    ['two documents', 'a: 1\n---\nb: 2', 'expected a single document in the stream, but found more'],
    ['a key twice', 'rules: []\nrules: []', 'duplicated mapping key at line 2, column 1'],
    ['a tag', 'rules: !!js/function x', 'unknown scalar tag !<tag:yaml.org,2002:js/function> at line 1, column 8'],
    ['no UTF-8', Buffer.from([0x61, 0xff]), 'must be UTF-8'],
    ['too much', '#'.repeat(1_048_577), 'must not be larger than 1048576 bytes (it has 1048577)'],
    ['too many aliases', aliases(), 'aliases exceeded maxAliases (100) at line 1, column 724'],
    ['a list', '[]', 'the file must be a map of rules, wrappers'],
    ['a text', 'rules', 'the file must be a map of rules, wrappers'],
  ])('where it holds %s', (_, content, fault) => {
    const [told, ...others] = faultsOf(fileOf(content));

    expect(told).toContain(`CLASSIFICATION_FILE: ${fault}`);
    expect(others).toEqual([]);
  });

  it('where it is not there, or no file', () => {
    expect(faultsOf(join(directory, 'none.yaml'))).toEqual(['CLASSIFICATION_FILE: cannot be read (ENOENT)']);
    expect(faultsOf(directory)).toEqual(['CLASSIFICATION_FILE: must be a regular file']);
  });

  it('with twenty faults at most', () => {
    const faults = faultsOf(
      fileOf(JSON.stringify({ rules: Array.from({ length: 30 }, () => ({ ...RULE, type: '' })) })),
    );

    expect(faults).toHaveLength(21);
    expect(faults.at(-1)).toBe('CLASSIFICATION_FILE: and 10 faults more');
  });

  it('where it is nested beyond measure', () => {
    expect(faultsOf(fileOf('['.repeat(100_000)))).toHaveLength(1);
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
