import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import jsonSchema from '@json-schema-tools/meta-schema';
import openRpc from '@open-rpc/meta-schema';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { IsIn, IsOptional, ValidateBy } from 'class-validator';
import { ExecutorGateway } from '../../../src/gateway/executor.gateway.js';
import { METHODS } from '../../../src/gateway/openrpc/methods.js';
import { NOTIFICATIONS } from '../../../src/gateway/openrpc/notification-schemas.js';
import { openRpcDocument } from '../../../src/gateway/openrpc/openrpc-document.js';
import { paramsOf } from '../../../src/gateway/openrpc/params-schema.js';
import { ExecuteParams } from '../../../src/gateway/execute.params.js';

/** The parts of the document that are looked at here. */
interface OpenRpc {
  readonly methods: any[];
  readonly components: { readonly schemas: any; readonly errors: any };
  readonly 'x-notifications': any[];
  readonly 'x-errors': any[];
  readonly 'x-error-data': any;
}

const document = openRpcDocument({ port: 8003, path: '/ws/mcp' } as Parameters<
  typeof openRpcDocument
>[0]) as unknown as OpenRpc;

/** The methods that the gateway's handlers declare. */
function subscribed(): string[] {
  const { prototype } = ExecutorGateway as unknown as { prototype: Record<string, object> };
  return Object.getOwnPropertyNames(prototype)
    .map((name) => Reflect.getMetadata('message', prototype[name] ?? {}) as string | undefined)
    .filter((message) => message !== undefined);
}

describe('the OpenRPC document', () => {
  it('is one by the specification’s own schema', () => {
    const ajv = formats.default(new Ajv({ strict: false, allErrors: true }));
    ajv.addSchema({ ...(jsonSchema as any).default, $schema: undefined, $id: 'https://meta.json-schema.tools' });
    // A reference into a property that is itself called $ref, which the validator does not follow: it is a string.
    const followable = JSON.stringify((openRpc as any).default).replaceAll(
      /\{"\$ref":"[^"]+\/properties\/\$ref"\}/g,
      '{"type":"string"}',
    );
    const validate = ajv.compile({ ...JSON.parse(followable), $schema: undefined });

    expect(validate(document) ? [] : validate.errors).toEqual([]);
    expect(validate({ ...document, methods: [{ name: 'x', params: [{ name: 'y' }] }] })).toBe(false);
  });

  it('has every method that is answered, and no other', () => {
    const named = document.methods.map(({ name }: { name: string }) => name);
    expect(named.sort()).toEqual(subscribed().sort());
    expect(named).toEqual(Object.keys(METHODS).sort());
  });

  it('refers to nothing that it does not have', () => {
    const { schemas, errors } = document.components;
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(20);
    for (const [, kind, name = ''] of references)
      expect(Object.keys(kind === 'errors' ? errors : schemas)).toContain(name);
    expect(JSON.stringify(document).match(/"\$ref"/g)).toHaveLength(references.length);
  });

  it('has every notification with what each carries', () => {
    expect(document['x-notifications'].map(({ name }: { name: string }) => name)).toEqual(Object.keys(NOTIFICATIONS));
    const completed = document['x-notifications'].find(({ name }: { name: string }) => name === 'process.completed');
    expect((completed.params as { name: string }[]).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['exit_code', 'reason', 'sha256', 'seq_last', 'execution_id', 'session_id', 'seq']),
    );
  });
});

describe('params by their rules', () => {
  const byName = Object.fromEntries(paramsOf(ExecuteParams).map((param) => [param.name, param]));

  it.each<[string, unknown]>([
    ['timeout', { type: ['number', 'null'], minimum: 0, maximum: 31_536_000 }],
    ['argv', { type: ['array', 'null'], items: { type: 'string' }, minItems: 1 }],
    ['on_exit', { anyOf: [{ enum: ['kill', 'keep'] }, { type: 'null' }] }],
    ['stdin', { anyOf: [{ type: ['boolean', 'string'] }, { type: 'null' }] }],
    ['command', { type: 'string', pattern: String.raw`\S` }],
  ])('%s is told', (name, schema) => {
    expect(byName[name]).toEqual({ name, required: false, schema });
  });

  it('have the fields of those that are objects', () => {
    expect(byName['output']?.schema).toMatchObject({
      type: ['object', 'null'],
      additionalProperties: false,
      properties: { max_line_bytes: { type: ['integer', 'null'], minimum: 1, maximum: 1_048_576 } },
    });
  });

  it('tell what is required first', () => {
    class Params {
      @IsOptional()
      @IsIn(['x'])
      one?: string;

      @IsIn([1])
      two!: number;
    }
    expect(paramsOf(Params)).toEqual([
      { name: 'two', required: true, schema: { enum: [1] } },
      { name: 'one', required: false, schema: { anyOf: [{ enum: ['x'] }, { type: 'null' }] } },
    ]);
  });

  it('fail where a rule has no schema', () => {
    class Params {
      @ValidateBy({ name: 'isNew', validator: { validate: () => true } })
      field!: string;
    }
    expect(() => paramsOf(Params)).toThrow('The rule isNew of field has no JSON Schema');
  });
});
