import { resolve } from 'node:path';
import { ClassificationFields } from './classification-fields.js';
import { HOOK_TYPES, type HookEntry, type HookType } from './hook-entry.js';

const FIELDS = ['name', 'type', 'program', 'commands', 'timeout', 'on_failure', 'cache', 'sets'];
const MAX_HOOKS = 100;
const MAX_WORDS = 100;
const MAX_WORD_CHARACTERS = 4096;
const DEFAULT_TIMEOUT_SECONDS = 5;
const MAX_TIMEOUT_SECONDS = 300;
const MAX_CACHE_SECONDS = 3600;

/**
 * The hooks of a YAML file's content, in its order. Every fault goes to `fault` with its place; then they are not to be used.
 *
 * @param directory the file's: a program's words that begin with ./ or ../ are relative to it
 */
export function hookTable(source: unknown, directory: string, fault: (text: string) => void): readonly HookEntry[] {
  const file = new ClassificationFields(source ?? {}, '', ['hooks'], fault);
  const entries = file.entries('hooks');
  if (entries.length > MAX_HOOKS) fault(`hooks must have at most ${String(MAX_HOOKS)} entries`);
  const hooks = entries
    .slice(0, MAX_HOOKS)
    .map((entry) => hookFrom(new ClassificationFields(entry.source, entry.place, FIELDS, fault), directory, fault));
  hooks.forEach(({ name }, index) => {
    if (name !== '' && hooks.findIndex((other) => other.name === name) < index)
      fault(`hooks[${String(index)}].name must differ from all others (got ${JSON.stringify(name)})`);
  });
  return hooks;
}

function hookFrom(fields: ClassificationFields, directory: string, fault: (text: string) => void): HookEntry {
  for (const name of ['name', 'type', 'program']) fields.require(name);
  const type = fields.text('type', isType, `one of ${HOOK_TYPES.join(', ')}`) ?? 'pre-execute';
  const onFailure = fields.text('on_failure', isOnFailure, 'warn or refuse') ?? 'warn';
  const cache = fields.number('cache', 0, MAX_CACHE_SECONDS);
  const sets = fields.texts('sets');
  if (onFailure === 'refuse' && !type.startsWith('pre-'))
    fault(`${fields.place}.on_failure must be warn: when ${type} runs, nothing is left to refuse`);
  for (const [name, value] of Object.entries({ cache, sets }))
    if (value !== undefined && type !== 'pre-execute') fault(`${fields.place}.${name} is for pre-execute only`);
  if (sets?.every(isVariable) === false)
    fault(`${fields.place}.sets must hold names of variables that do not start with CC_EXECUTOR_`);
  return {
    name: fields.text('name', isName, '1 to 64 letters, digits, _ . or -') ?? '',
    type,
    program: programFrom(fields, directory, fault),
    commands: fields.texts('commands') ?? null,
    timeoutMs: (fields.number('timeout', 0.1, MAX_TIMEOUT_SECONDS) ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
    onFailure,
    cacheMs: (cache ?? 0) * 1000,
    sets: sets ?? [],
  };
}

function programFrom(
  fields: ClassificationFields,
  directory: string,
  fault: (text: string) => void,
): readonly [string, ...string[]] {
  const words = fields.entries('program').map(({ source }) => source);
  if (words.length > 0 && words.length <= MAX_WORDS && words.every(isWord)) {
    const [file, ...args] = words.map((word) => (/^\.\.?\//.test(word) ? resolve(directory, word) : word));
    return [file ?? '', ...args];
  }
  fault(
    `${fields.place}.program must be a list of a program and its arguments: 1 to ${String(MAX_WORDS)} texts of at most ${String(MAX_WORD_CHARACTERS)} characters, the first one not empty`,
  );
  return [''];
}

function isWord(value: unknown, index: number): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_WORD_CHARACTERS &&
    value.isWellFormed() &&
    !value.includes('\0') &&
    (index > 0 || value !== '')
  );
}

function isType(text: string): text is HookType {
  return (HOOK_TYPES as readonly string[]).includes(text);
}

function isOnFailure(text: string): text is HookEntry['onFailure'] {
  return text === 'warn' || text === 'refuse';
}

function isName(text: string): boolean {
  return /^[A-Za-z0-9_.-]{1,64}$/.test(text);
}

function isVariable(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !text.startsWith('CC_EXECUTOR_');
}
