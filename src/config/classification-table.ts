import type { Classification, ClassificationRule, CommandWrapper } from './classification.js';
import { ClassificationFields } from './classification-fields.js';
import { COMPLEXITIES, type Complexity } from './complexity.js';

const RULE_FIELDS = [
  ...['programs', 'subcommands', 'arguments', 'mentions', 'min_characters', 'max_arguments', 'value_options'],
  ...['category', 'name', 'complexity', 'type', 'success_exit_codes', 'setup', 'cases'],
];
const CASE_FIELDS = RULE_FIELDS.filter((name) => name !== 'cases');
const WRAPPER_FIELDS = ['programs', 'subcommands', 'value_options', 'own_words', 'command_after', 'line_after'];
const MAX_CHARACTERS = 16_384;
const MAX_ARGUMENTS = 1000;
const MAX_OWN_WORDS = 16;

/** What a rule is before its fields are read; a type that is not given stays empty until all are. */
const BLANK: ClassificationRule = {
  programs: [],
  subcommands: null,
  arguments: null,
  mentions: null,
  minCharacters: 0,
  maxArguments: Infinity,
  valueOptions: [],
  category: '',
  name: '<program>',
  complexity: 'medium',
  type: '',
  successExitCodes: [0],
  isSetup: false,
};

/**
 * A table from what a YAML file holds: the cases of a rule stand before it, each with what it does not give taken from
 * its rule. Every fault goes to `fault` as a line with its place; then the table is not to be used.
 */
export function classificationTable(source: unknown, fault: (text: string) => void): Classification {
  const table = new ClassificationFields(source ?? {}, '', ['rules', 'wrappers'], fault);
  return {
    rules: table.entries('rules').flatMap((entry) => rulesFrom(entry.source, entry.place, fault)),
    wrappers: table.entries('wrappers').map((entry) => wrapperFrom(entry.source, entry.place, fault)),
  };
}

function rulesFrom(source: unknown, place: string, fault: (text: string) => void): ClassificationRule[] {
  const fields = new ClassificationFields(source, place, RULE_FIELDS, fault);
  for (const name of ['programs', 'category', 'complexity']) fields.require(name);
  const rule = ruleFrom(fields, BLANK);
  const cases = fields.entries('cases').map((entry) => {
    return ruleFrom(new ClassificationFields(entry.source, entry.place, CASE_FIELDS, fault), rule);
  });
  return [...cases, rule].map((each) => ({ ...each, type: each.type || each.category }));
}

function ruleFrom(fields: ClassificationFields, base: ClassificationRule): ClassificationRule {
  const category = fields.text('category', isPart, PART);
  return {
    programs: fields.texts('programs') ?? base.programs,
    subcommands: fields.texts('subcommands') ?? base.subcommands,
    arguments: fields.texts('arguments') ?? base.arguments,
    mentions: fields.texts('mentions')?.map((mention) => mention.toLowerCase()) ?? base.mentions,
    minCharacters: fields.wholeNumber('min_characters', 1, MAX_CHARACTERS) ?? base.minCharacters,
    maxArguments: fields.wholeNumber('max_arguments', 0, MAX_ARGUMENTS) ?? base.maxArguments,
    valueOptions: fields.texts('value_options') ?? base.valueOptions,
    category: category ?? base.category,
    name: fields.text('name', isName, NAME) ?? base.name,
    complexity: fields.text('complexity', isComplexity, `one of ${COMPLEXITIES.join(', ')}`) ?? base.complexity,
    type: fields.text('type', isPart, PART) ?? (category === undefined ? base.type : ''),
    successExitCodes: fields.wholeNumbers('success_exit_codes', 0, 255) ?? base.successExitCodes,
    isSetup: fields.flag('setup') ?? base.isSetup,
  };
}

function wrapperFrom(source: unknown, place: string, fault: (text: string) => void): CommandWrapper {
  const fields = new ClassificationFields(source, place, WRAPPER_FIELDS, fault);
  fields.require('programs');
  const option = (name: string): string | null => fields.text(name, isOption, 'an option like -c') ?? null;
  return {
    programs: fields.texts('programs') ?? [],
    subcommands: fields.texts('subcommands') ?? null,
    valueOptions: fields.texts('value_options') ?? [],
    ownWords: fields.wholeNumber('own_words', 0, MAX_OWN_WORDS) ?? 0,
    commandAfter: option('command_after'),
    lineAfter: option('line_after'),
  };
}

const PART = '1 to 64 lower-case letters, digits, _ . or -';
const NAME = `${PART}, of which not all are <1> or <2>; <program>, <1> and <2> may stand among them`;

function isPart(text: string): boolean {
  return /^[a-z0-9_.-]{1,64}$/.test(text);
}

function isName(text: string): boolean {
  const rest = text.slice(0, 65).replaceAll(/<(program|1|2)>/g, (_, place: string) => (place === 'program' ? 'p' : ''));
  return text.length <= 64 && isPart(rest);
}

function isComplexity(text: string): text is Complexity {
  return (COMPLEXITIES as readonly string[]).includes(text);
}

function isOption(text: string): boolean {
  return /^--?[A-Za-z][A-Za-z0-9-]{0,63}$/.test(text);
}
