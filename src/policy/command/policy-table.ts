import { ClassificationFields } from '../../config/classification-fields.js';
import type { ArgumentLimits } from './argument-rules.js';

/** What a policy file says. */
export interface PolicyTable {
  readonly commands: readonly CommandEntry[];
  /** Names of variables a client may set, or beginnings of names with a * at the end; null = not said. */
  readonly environment: readonly string[] | null;
}

/** What a policy file says of some of the allowed commands. */
export interface CommandEntry {
  readonly place: string;
  /** As they are named in the list of allowed commands. */
  readonly programs: readonly string[];
  /** It is accepted that they run other commands. */
  readonly runsCommands: boolean;
  readonly limits: ArgumentLimits;
}

const COMMAND_FIELDS = [
  ...['programs', 'runs_commands', 'subcommands', 'allowed_options', 'denied_options'],
  ...['arguments', 'denied_arguments', 'max_arguments'],
];
const MAX_ARGUMENTS = 100_000;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*\*?$/;

/** The table of a YAML file's content. Every fault goes to `fault` with its place; then the table is not to be used. */
export function policyTable(source: unknown, fault: (text: string) => void): PolicyTable {
  const file = new ClassificationFields(source ?? {}, '', ['commands', 'environment'], fault);
  const isSaid = Object.hasOwn(source ?? {}, 'environment');
  return {
    commands: file.entries('commands').map((entry) => commandFrom(entry.source, entry.place, fault)),
    environment: isSaid ? environmentFrom((source as { environment: unknown }).environment, fault) : null,
  };
}

function commandFrom(source: unknown, place: string, fault: (text: string) => void): CommandEntry {
  const fields = new ClassificationFields(source, place, COMMAND_FIELDS, fault);
  fields.require('programs');
  const options = (name: string): readonly string[] | null => {
    const texts = fields.texts(name) ?? null;
    const wrong = texts?.find((text) => !text.startsWith('-'));
    if (wrong !== undefined)
      fault(`${place}.${name} must hold options that begin with - (got ${JSON.stringify(wrong)})`);
    return texts;
  };
  return {
    place,
    programs: fields.texts('programs') ?? [],
    runsCommands: fields.text('runs_commands', (text) => text === 'accepted', 'the word accepted') !== undefined,
    limits: {
      subcommands: fields.texts('subcommands') ?? null,
      allowedOptions: options('allowed_options'),
      deniedOptions: options('denied_options') ?? [],
      operands: fields.texts('arguments') ?? null,
      deniedOperands: fields.texts('denied_arguments') ?? [],
      maxArguments: fields.wholeNumber('max_arguments', 0, MAX_ARGUMENTS) ?? Infinity,
    },
  };
}

function environmentFrom(source: unknown, fault: (text: string) => void): readonly string[] {
  const fields = new ClassificationFields(source, 'environment', ['allowed'], fault);
  fields.require('allowed');
  // An empty list allows none.
  const names = fields.entries('allowed').length === 0 ? [] : (fields.texts('allowed') ?? []);
  for (const name of names.filter((each) => !VARIABLE.test(each)))
    fault(`environment.allowed must hold names of variables, a * at their end at most (got ${JSON.stringify(name)})`);
  return names;
}
