import { describe, expect, it } from '@jest/globals';
import type { ParsedScript } from 'unbash';
import { flatten } from '../../../../../src/policy/command/shell/flatten.js';
import { PolicyError } from '../../../../../src/policy/policy-error.js';

type Tree = Record<string, unknown>;

const at = { pos: 0, end: 1 };
const word = (text: string, more: Tree = {}): Tree => ({ type: 'Word', ...at, text, ...more });
const simple = (name: string, more: Tree = {}): Tree => ({
  ...{ type: 'Command', ...at, name: valued(word(name)), prefix: [], suffix: [] },
  ...more,
});
const pipeline = (more: Tree = {}): Tree => ({
  ...{ type: 'Pipeline', ...at, prefixes: [], commands: [simple('a'), simple('b')], operators: ['|'] },
  ...more,
});
const andOr = (more: Tree = {}): Tree => ({
  ...{ type: 'AndOr', ...at, commands: [simple('a'), simple('b')], operators: ['&&'] },
  ...more,
});
const statement = (command: Tree, more: Tree = {}): Tree => ({
  ...{ type: 'Statement', ...at, command, background: undefined },
  ...more,
});
const script = (command: Tree, more: Tree = {}): Tree => ({
  ...{ type: 'Script', ...at, shebang: undefined, commands: [statement(command)], errors: undefined },
  ...more,
});

/** What the parser computes when it is asked, not a field of the tree. */
function valued(tree: Tree, value: unknown = tree['text'], parts?: unknown): Tree {
  return Object.setPrototypeOf(tree, { value, parts }) as Tree;
}

function rule(tree: Tree): string | null {
  try {
    flatten(tree as unknown as ParsedScript);
    return null;
  } catch (error) {
    if (error instanceof PolicyError) return error.rule;
    throw error;
  }
}

const argument = (each: Tree): Tree => script(simple('a', { suffix: [each] }));

describe('a tree', () => {
  it.each([
    ['a command', script(simple('a'))],
    ['a pipeline', script(pipeline())],
    ['a list', script(andOr())],
    ['a pipeline in a list', script(andOr({ commands: [pipeline(), simple('c')] }))],
    ['an argument', argument(valued(word("'x'"), 'x', [{ type: 'SingleQuoted', ...at, text: "'x'", value: 'x' }]))],
  ])('of %s passes', (_, tree) => {
    expect(rule(tree)).toBeNull();
  });

  it.each([
    ['a kind of command that is not known', script({ type: 'Future', ...at }), 'unknown_syntax'],
    ['a field of a script that is not known', script(simple('a'), { traps: [] }), 'unknown_syntax'],
    [
      'a field of a statement that is not known',
      script(simple('a'), { commands: [statement(simple('a'), { disown: true })] }),
      'unknown_syntax',
    ],
    ['a field of a list that is not known', script(andOr({ negated: true })), 'unknown_syntax'],
    ['a field of a pipeline that is not known', script(pipeline({ negated: true })), 'unknown_syntax'],
    ['a field of a command that is not known', script(simple('a', { redirections: [] })), 'unknown_syntax'],
    ['a field of a word that is not known', argument(valued(word('x', { expansions: [] }))), 'unknown_syntax'],
    [
      'a part of a word that is not known',
      argument(valued(word('x'), 'x', [{ type: 'Future', ...at }])),
      'unknown_syntax',
    ],
    [
      'a part of a word that is expanded',
      argument(valued(word('x'), 'x', [{ type: 'Glob', ...at, text: 'x' }])),
      'glob',
    ],
    [
      'a part of a quoted string that is expanded',
      argument(
        valued(word('"x"'), 'x', [
          { type: 'DoubleQuoted', ...at, text: '"x"', parts: [{ type: 'SimpleExpansion', ...at }] },
        ]),
      ),
      'expansion',
    ],
    ['a word to which the parser gives another value', argument(valued(word('x'), 'y')), 'unknown_syntax'],
    ['an argument that is no word', argument({ type: 'Future', ...at }), 'unknown_syntax'],
    ['a redirection before a command', script(simple('a', { prefix: [{ type: 'Redirect', ...at }] })), 'redirection'],
    [
      'something unknown before a command',
      script(simple('a', { prefix: [{ type: 'Future', ...at }] })),
      'unknown_syntax',
    ],
    [
      'something unknown before a pipeline',
      script(pipeline({ prefixes: [{ type: 'Future', ...at }] })),
      'unknown_syntax',
    ],
    ['a command without a name', script(simple('a', { name: undefined })), 'unknown_syntax'],
    ['an operator of a pipeline that is not known', script(pipeline({ operators: ['|>'] })), 'unknown_syntax'],
    ['an operator of a list that is not known', script(andOr({ operators: ['^^'] })), 'unknown_syntax'],
    ['an operator too few in a pipeline', script(pipeline({ operators: [] })), 'not_well_formed'],
    ['an operator too many in a list', script(andOr({ operators: ['&&', '&&'] })), 'not_well_formed'],
    [
      'a statement in the background',
      script(simple('a'), { commands: [statement(simple('a'), { background: true })] }),
      'background',
    ],
    ['an error of the parser', script(simple('a'), { errors: [{ message: 'x', pos: 0 }] }), 'not_well_formed'],
    ['a first line for the kernel', script(simple('a'), { shebang: '#!/bin/sh' }), 'unknown_syntax'],
    [
      'a compound command in a pipeline',
      script(pipeline({ commands: [simple('a'), { type: 'If', ...at }] })),
      'compound',
    ],
  ])('with %s is refused', (_, tree, name) => {
    expect(rule(tree)).toBe(name);
  });
});
