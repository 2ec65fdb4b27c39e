import type { ParsedScript, Statement, SyntaxNode, Word } from 'unbash';
import type { Operator } from './command-line.js';
import { commandRefusal } from '../command-refusal.js';
import { literalWord } from './literal-word.js';
import { SYNTAX_RULES } from './syntax-rules.js';

/** A word of the source with what is before it: an operator, blanks within a command, or nothing yet. */
export interface PlacedWord {
  readonly before: Operator | 'blank' | 'start';
  readonly source: string;
  /** What it stands for. */
  readonly value: string;
  /** Indexes of its begin and end in the source. */
  readonly pos: number;
  readonly end: number;
}

const MAX_SHOWN_CHARACTERS = 64;

type Before = PlacedWord['before'];
type PipelinePart = Statement['command'];

/** The only kinds of syntax that pass, each with the only fields it may have. */
const FIELDS: ReadonlyMap<string, readonly string[]> = new Map<SyntaxNode['type'], readonly string[]>([
  ['Script', ['type', 'pos', 'end', 'shebang', 'commands', 'errors']],
  ['Statement', ['type', 'pos', 'end', 'command', 'background']],
  ['AndOr', ['type', 'pos', 'end', 'commands', 'operators']],
  ['Pipeline', ['type', 'pos', 'end', 'prefixes', 'commands', 'operators']],
  ['Command', ['type', 'pos', 'end', 'name', 'prefix', 'suffix']],
  ['Word', ['type', 'pos', 'end', 'text']],
  ['Literal', ['type', 'pos', 'end', 'text', 'value']],
  ['SingleQuoted', ['type', 'pos', 'end', 'text', 'value']],
  ['DoubleQuoted', ['type', 'pos', 'end', 'text', 'parts']],
]);

/**
 * The words of a tree of lists, pipelines and simple commands, in the order of the source; none where it is empty.
 * @throws PolicyError where the tree holds anything else, or an error of the parser
 */
export function flatten(script: ParsedScript): readonly PlacedWord[] {
  const words: PlacedWord[] = [];
  requireKnown(script, '');
  for (const [index, statement] of script.commands.entries())
    addStatement(statement, index === 0 ? 'start' : ';', words);
  const name = words[0]?.value ?? '';
  if (script.shebang !== undefined) throw commandRefusal(name, 'unknown_syntax', 'a line that begins with #!');
  if (script.errors !== undefined) throw commandRefusal(name, 'not_well_formed', script.errors[0]?.message);
  return words;
}

function addStatement(statement: Statement, before: Before, words: PlacedWord[]): void {
  requireKnown(statement, nameOf(statement.command));
  const { command } = statement;
  if (command.type === 'AndOr') {
    requireKnown(command, nameOf(command));
    requireBetween(command.operators, command.commands, ['&&', '||']);
    for (const [index, each] of command.commands.entries())
      addPipeline(each, index === 0 ? before : (command.operators[index - 1] as Operator), words);
  } else {
    addPipeline(command, before, words);
  }
  if (statement.background !== undefined) throw commandRefusal(nameOf(command), 'background');
}

function addPipeline(node: PipelinePart, before: Before, words: PlacedWord[]): void {
  if (node.type !== 'Pipeline') {
    addCommand(node, before, words);
    return;
  }
  requireKnown(node, nameOf(node));
  for (const prefix of node.prefixes) refuseNode(prefix, nameOf(node));
  for (const [index, each] of node.commands.entries()) addCommand(each, index === 0 ? before : '|', words);
  if (node.operators.includes('|&')) throw commandRefusal(nameOf(node), 'redirection', '|&');
  requireBetween(node.operators, node.commands, ['|']);
}

function addCommand(node: PipelinePart, before: Before, words: PlacedWord[]): void {
  if (node.type !== 'Command') refuseNode(node, nameOf(node));
  const name = nameOf(node);
  requireKnown(node, name);
  for (const each of node.prefix) refuseNode(each, name);
  if (node.name === undefined) throw commandRefusal(name, 'unknown_syntax');
  addWord(node.name, before, name, words);
  for (const each of node.suffix) {
    if (each.type !== 'Word') refuseNode(each, name);
    addWord(each, 'blank', name, words);
  }
}

/** What the quotes of a word say that it stands for, where the parser says the same. */
function addWord(word: Word, before: Before, name: string, words: PlacedWord[]): void {
  requireKnown(word, name);
  const literal = literalWord(word.text);
  if ('rule' in literal) throw commandRefusal(name, literal.rule, word.text.slice(0, MAX_SHOWN_CHARACTERS));
  for (const part of word.parts ?? []) {
    requireKnown(part, name);
    if (part.type === 'DoubleQuoted') for (const inner of part.parts) requireKnown(inner, name);
  }
  if (literal.value !== word.value)
    throw commandRefusal(name, 'unknown_syntax', word.text.slice(0, MAX_SHOWN_CHARACTERS));
  words.push({ before, source: word.text, value: literal.value, pos: word.pos, end: word.end });
}

/** @throws PolicyError where a kind of syntax or a field of it is not among those that pass */
function requireKnown(node: SyntaxNode, name: string): void {
  const fields = FIELDS.get(node.type);
  if (fields === undefined) refuseNode(node, name);
  if (!Object.keys(node).every((field) => fields.includes(field)))
    throw commandRefusal(name, 'unknown_syntax', node.type);
}

/** @throws PolicyError where there is not one of the allowed operators between each command and the next */
function requireBetween(
  operators: readonly string[],
  commands: readonly PipelinePart[],
  allowed: readonly Operator[],
): void {
  const name = commands[0] === undefined ? '' : nameOf(commands[0]);
  if (operators.length !== commands.length - 1) throw commandRefusal(name, 'not_well_formed');
  if (!operators.every((operator) => (allowed as readonly string[]).includes(operator)))
    throw commandRefusal(name, 'unknown_syntax', operators.join(' '));
}

function refuseNode(node: SyntaxNode, name: string): never {
  const rule = SYNTAX_RULES.get(node.type);
  throw rule === undefined ? commandRefusal(name, 'unknown_syntax', node.type) : commandRefusal(name, rule);
}

/** The name of the first command, without quotes where they can be taken off. */
function nameOf(node: PipelinePart): string {
  if (node.type === 'AndOr' || node.type === 'Pipeline') {
    const [first] = node.commands;
    return first === undefined ? '' : nameOf(first);
  }
  if (node.type !== 'Command' || node.name === undefined) return '';
  const literal = literalWord(node.name.text);
  return 'value' in literal ? literal.value : node.name.text;
}
