/** A JSON Schema (draft 7), as far as the documents of this service use it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: JsonType | readonly JsonType[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
}

type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null';

/** An object that has all of these fields; a field whose name ends with `?` may be absent. It may have more. */
export function object(fields: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const names = Object.keys(fields);
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name.replace('?', ''), schema])),
    required: names.filter((name) => !name.endsWith('?')),
  };
}

export function arrayOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

export function oneOf(...values: readonly unknown[]): JsonSchema {
  return { enum: values };
}

export function orNull(schema: JsonSchema): JsonSchema {
  return typeof schema.type === 'string' && schema.enum === undefined
    ? { ...schema, type: [schema.type, 'null'] }
    : { anyOf: [schema, { type: 'null' }] };
}

export function component(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

export const STRING: JsonSchema = { type: 'string' };
export const BOOLEAN: JsonSchema = { type: 'boolean' };
export const COUNT: JsonSchema = { type: 'integer', minimum: 0 };
export const PID: JsonSchema = { type: 'integer', minimum: 1 };
/** Of an event of an execution. */
export const SEQ: JsonSchema = { type: 'integer', minimum: 1 };
export const ID: JsonSchema = { type: 'string', format: 'uuid' };
export const SECONDS: JsonSchema = { type: 'number', minimum: 0, description: 'Seconds' };
export const TIMESTAMP: JsonSchema = { type: 'number', description: 'Seconds since the epoch' };
export const NULL: JsonSchema = { type: 'null' };
