import { describe, expect, it } from '@jest/globals';
import type { Classification } from '../../../src/config/classification.js';
import { classificationTable } from '../../../src/config/classification-table.js';

const RULE = { programs: ['x'], category: 'a', complexity: 'low' };

function tableOf(source: unknown): Classification {
  const faults: string[] = [];
  const table = classificationTable(source, (fault) => faults.push(fault));
  expect(faults).toEqual([]);
  return table;
}

function faultsOf(source: unknown): string[] {
  const faults: string[] = [];
  classificationTable(source, (fault) => faults.push(fault));
  return faults;
}

describe('a table', () => {
  it('gives a case what its rule gives, before the rule', () => {
    const { rules } = tableOf({
      rules: [
        {
          ...{ programs: 'x, y*', category: 'a', type: 't', complexity: 'low' },
          cases: [
            { subcommands: ['run  build'], name: 'x_<2>', complexity: 'high', success_exit_codes: 3 },
            { category: 'b', min_characters: 5, max_arguments: 2, mentions: ['Big Job'], setup: true },
          ],
        },
      ],
    });
    const [first, second, rule] = rules;

    expect(first).toMatchObject({ programs: ['x', 'y*'], subcommands: ['run build'], category: 'a', type: 't' });
    expect(first).toMatchObject({ name: 'x_<2>', complexity: 'high', successExitCodes: [3] });
    expect(second).toMatchObject({ category: 'b', type: 'b', complexity: 'low', minCharacters: 5, maxArguments: 2 });
    expect(second).toMatchObject({ mentions: ['big job'], isSetup: true });
    expect(rule).toMatchObject({ category: 'a', type: 't', complexity: 'low', subcommands: null, isSetup: false });
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
    expect(faultsOf(content)).toEqual([fault]);
  });
});
