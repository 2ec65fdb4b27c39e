import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { type PolicyTable, policyTable } from '../../../../src/policy/command/policy-table.js';

function read(text: string): { table: PolicyTable; faults: string[] } {
  const faults: string[] = [];
  const table = policyTable(text === '' ? null : load(text), (fault) => faults.push(fault));
  return { table, faults };
}

const UNLIMITED = {
  ...{
    subcommands: null,
    allowedOptions: null,
    deniedOptions: [],
    operands: null,
    deniedOperands: [],
    maxArguments: Infinity,
  },
};

describe('a policy file', () => {
  it.each(['', 'commands: []', 'commands:'])('of %j says nothing', (text) => {
    expect(read(text)).toEqual({ table: { commands: [], environment: null }, faults: [] });
  });

  it('says what commands may be given, and which variables', () => {
    const { table, faults } = read(`
commands:
  - programs: [ls, cat]
  - programs: git
    runs_commands: accepted
    subcommands: [status, 'remote  show']
    allowed_options: [--oneline]
    denied_options: [-c]
    arguments: ['src/**']
    denied_arguments: ['*.key']
    max_arguments: 5
environment:
  allowed: [LANG, LC_*]
`);

    expect(faults).toEqual([]);
    expect(table.environment).toEqual(['LANG', 'LC_*']);
    expect(table.commands).toEqual([
      { place: 'commands[0]', programs: ['ls', 'cat'], runsCommands: false, limits: UNLIMITED },
      {
        place: 'commands[1]',
        programs: ['git'],
        runsCommands: true,
        limits: {
          subcommands: ['status', 'remote show'],
          allowedOptions: ['--oneline'],
          deniedOptions: ['-c'],
          operands: ['src/**'],
          deniedOperands: ['*.key'],
          maxArguments: 5,
        },
      },
    ]);
  });

  it('may allow no variable at all', () => {
    expect(read('environment: {allowed: []}')).toMatchObject({ table: { environment: [] }, faults: [] });
  });

  it.each([
    ['x: 1', 'the file has no field "x"; there are commands, environment'],
    ['commands: {}', 'commands must be a list'],
    ['commands: [a]', 'commands[0] must be a map of programs'],
    ['commands: [{}]', 'commands[0].programs must be given'],
    ['commands: [{programs: [a], alowed_options: [-x]}]', 'commands[0] has no field "alowed_options"'],
    ['commands: [{programs: [true]}]', 'commands[0].programs must be a list'],
    [
      'commands: [{programs: [a], runs_commands: true}]',
      'commands[0].runs_commands must be the word accepted (got boolean)',
    ],
    [
      'commands: [{programs: [a], runs_commands: no}]',
      'commands[0].runs_commands must be the word accepted (got "no")',
    ],
    [
      'commands: [{programs: [a], denied_options: [x]}]',
      'commands[0].denied_options must hold options that begin with - (got "x")',
    ],
    ['commands: [{programs: [a], allowed_options: [x]}]', 'commands[0].allowed_options must hold options that begin'],
    ['commands: [{programs: [a], max_arguments: -1}]', 'commands[0].max_arguments must be a whole number'],
    ['environment: []', 'environment must be a map of allowed'],
    ['environment: {}', 'environment.allowed must be given'],
    ['environment:', 'environment must be a map of allowed'],
    ['environment: {allowed: A}', 'environment.allowed must be a list'],
    [
      "environment: {allowed: ['*']}",
      'environment.allowed must hold names of variables, a * at their end at most (got "*")',
    ],
    ['environment: {allowed: [A*B]}', 'environment.allowed must hold names of variables'],
    ['environment: {allowed: [A-B]}', 'environment.allowed must hold names of variables'],
  ])('with %j has a fault', (text, fault) => {
    expect(read(text).faults.some((each) => each.startsWith(fault))).toBe(true);
  });
});
