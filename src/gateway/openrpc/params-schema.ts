import { getMetadataStorage } from 'class-validator';
import { arrayOf, COUNT, type JsonSchema, orNull, STRING } from './json-schema.js';

/** A class of params, as the pipe reads it. */
export interface ParamsClass {
  new (): object;
  readonly nested?: Readonly<Record<string, ParamsClass>>;
}

/** One param of a method. */
export interface Param {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Constraints = readonly unknown[];

const TEXT_MAP: JsonSchema = { type: 'object', additionalProperties: STRING };

/** What each rule of class-validator says of its value. Rules between fields say nothing of one. */
const FRAGMENTS: Readonly<Record<string, (constraints: Constraints) => JsonSchema>> = {
  isIn: ([values]) => ({ enum: values as Constraints }),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  min: ([minimum]) => ({ minimum: minimum as number }),
  max: ([maximum]) => ({ maximum: maximum as number }),
  isUuid: () => ({ type: 'string', format: 'uuid' }),
  isBoolean: () => ({ type: 'boolean' }),
  isString: () => STRING,
  minLength: ([minLength]) => ({ minLength: minLength as number }),
  maxLength: ([maxLength]) => ({ maxLength: maxLength as number }),
  matches: ([pattern]) => ({ type: 'string', pattern: (pattern as RegExp).source }),
  isText: () => STRING,
  isData: () => STRING,
  isLength: ([minLength, maxLength]) => ({ minLength: minLength as number, maxLength: maxLength as number }),
  isArray: () => ({ type: 'array' }),
  arrayMinSize: ([minItems]) => ({ minItems: minItems as number }),
  arrayMaxSize: ([maxItems]) => ({ maxItems: maxItems as number }),
  isDetach: () => ({ type: 'boolean' }),
  isLastSeq: () => ({ type: 'object', additionalProperties: COUNT }),
  isArgv: () => ({ ...arrayOf(STRING), minItems: 1 }),
  isTextMap: () => TEXT_MAP,
  isEnvironment: () => TEXT_MAP,
  isStdin: () => ({ type: ['boolean', 'string'] }),
  isObject: () => ({ type: 'object' }),
  notEmpty: () => ({ pattern: String.raw`\S` }),
  oneProgram: () => ({}),
};

/**
 * The params of a class by its class-validator rules: the same that refuse what a client sends.
 * @throws Error where a rule says nothing here
 */
export function paramsOf(type: ParamsClass): Param[] {
  const byField = new Map<string, Rule[]>();
  for (const rule of getMetadataStorage().getTargetValidationMetadatas(type, '', false, false))
    byField.set(rule.propertyName, [...(byField.get(rule.propertyName) ?? []), rule]);
  return [...byField]
    .map(([name, rules]) => param(name, rules, type.nested?.[name]))
    .sort((one, other) => Number(other.required) - Number(one.required));
}

function param(name: string, rules: readonly Rule[], nested: ParamsClass | undefined): Param {
  const conditions = rules.filter(({ type }) => type === 'conditionalValidation');
  const fragments = rules
    .filter(({ type }) => type !== 'conditionalValidation' && type !== 'nestedValidation')
    .map((rule) => fragment(rule));
  const schema = Object.assign(
    {},
    ...fragments.reverse(),
    nested === undefined ? {} : nestedSchema(nested),
  ) as JsonSchema;
  return { name, required: conditions.length === 0, schema: conditions.some(passesNull) ? orNull(schema) : schema };
}

/** Whether a field that is null is as good as absent. */
function passesNull({ propertyName, constraints }: Rule): boolean {
  const [condition] = constraints as readonly ((params: object, value: unknown) => boolean)[];
  return condition !== undefined && !condition({ [propertyName]: null }, null);
}

function fragment({ name, propertyName, constraints, each }: Rule): JsonSchema {
  const known = FRAGMENTS[name ?? ''];
  if (known === undefined) throw new Error(`The rule ${String(name)} of ${propertyName} has no JSON Schema`);
  // Rules made with ValidateBy have their constraints; without any it is undefined, whatever the declaration says.
  const schema = known((constraints as Constraints | undefined) ?? []);
  return each ? arrayOf(schema) : schema;
}

function nestedSchema(type: ParamsClass): JsonSchema {
  const fields = paramsOf(type);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(({ name, schema }) => [name, schema])),
    required: fields.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}
