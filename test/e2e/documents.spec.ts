import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { Client, disconnectAll, isSingle } from './support/client.js';
import { within } from './support/eventually.js';
import { Service } from './support/service.js';
import type { Frame } from './support/wire.js';

jest.setTimeout(60_000);

/** The parts of the document that are looked at here. */
interface OpenRpc {
  readonly methods: any[];
  readonly components: { readonly schemas: any; readonly errors: any };
  readonly 'x-notifications': any[];
  readonly 'x-errors': any[];
  readonly 'x-error-data': any;
}

const directory = mkdtempSync(join(tmpdir(), 'documents-'));
let service: Service;
let client: Client;
let document: OpenRpc;

beforeAll(async () => {
  writeFileSync(
    join(directory, 'hooks.yaml'),
    `hooks:
  - { name: broken, type: pre-execute, program: ['false'], commands: ['*#broken'] }
  - { name: late, type: post-execute, program: ['false'], commands: ['*#late'] }
  - { name: refusing, type: pre-execute, program: [echo, '{"allow":false,"reason":"not today"}'], commands: ['*#refused'] }
`,
  );
  service = await Service.start({
    MAX_PROCESSES_PER_SESSION: '2',
    MAX_EXECUTION_TIMEOUT: '1000',
    WEBSOCKET_HEARTBEAT_INTERVAL: '0.2',
    PROCESS_CLEANUP_TIMEOUT: '1',
    RATE_EXECUTIONS: '24/600',
    REPLAY_BUFFER_BYTES: '524288',
    RESUME_GRACE: '60',
    LOG_LEVEL: 'debug',
    HOOKS_FILE: join(directory, 'hooks.yaml'),
  });
  client = await Client.connect(service.url);
  document = (await client.request('rpc.discover')) as OpenRpc;
});

afterAll(async () => {
  disconnectAll();
  await service.end('SIGKILL');
  service.remove();
  rmSync(directory, { recursive: true });
});

/** A schema of the document that also refuses what it does not name. */
function strict(schema: any): ValidateFunction {
  const ajv = formats.default(new Ajv({ strict: false, allErrors: true }));
  return ajv.compile(closed({ ...schema, components: { schemas: document.components.schemas } }));
}

function closed(schema: any): any {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, closed(part)]));
  return 'properties' in schema && !('additionalProperties' in schema) && schema.type !== undefined
    ? { ...parts, additionalProperties: false }
    : parts;
}

function faultsOf(validate: ValidateFunction, value: unknown): unknown[] {
  return validate(value) ? [] : [value, validate.errors];
}

/** An object by its content descriptors. */
function objectOf(descriptors: { name: string; required: boolean; schema: object }[]): object {
  return {
    type: 'object',
    properties: Object.fromEntries(descriptors.map(({ name, schema }) => [name, schema])),
    required: descriptors.filter(({ required }) => required).map(({ name }) => name),
  };
}

const method = (name: string): any => document.methods.find((one: any) => one.name === name);

/** Asks what the document says may be asked, and holds the answer to it. */
async function ask(name: string, params: Record<string, unknown> = {}, by = client): Promise<any> {
  expect(faultsOf(strict(objectOf(method(name).params)), params)).toEqual([]);
  const { result, error } = await by.call(name, params);
  if (error !== undefined) checkError(error, method(name).errors);
  else expect(faultsOf(strict(method(name).result.schema), result)).toEqual([]);
  return error ?? result;
}

/** Of these the error is one, and carries what is told of it. */
function checkError({ code, message, data }: any, references: { $ref: string }[]): void {
  const known = references
    .map(({ $ref }) => $ref.split('/').at(-1) ?? '')
    .filter((name) => document.components.errors[name].code === code)
    .find((name) => name === 'NotAllowed' || document.components.errors[name].message === message);
  expect([code, message, known]).toEqual([code, message, expect.any(String)]);
  const schema = document['x-error-data'][known ?? ''];
  expect(faultsOf(strict(schema ?? { not: {} }), data)).toEqual(schema === null ? [data, expect.anything()] : []);
}

describe('the OpenRPC document', () => {
  it('is the same over HTTP', async () => {
    expect(await (await fetch(service.http('/openrpc.json'))).json()).toEqual(document);
  });

  it('tells what every method answers', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { execution_id } = await ask('execute', { command: 'cat', stdin: true, timeout: 100, traceparent });
    await ask('list');
    await ask('status', { execution_id });
    await ask('input', { execution_id, data: 'x\n' });
    await ask('extend', { execution_id, timeout: 200 });
    await ask('control', { type: 'PAUSE', execution_id });
    await ask('control', { type: 'RESUME', execution_id });
    await ask('control', { type: 'SIGNAL', signal: 'SIGCONT', execution_id });
    await ask('control', { type: 'CANCEL', execution_id });
    await client.event(execution_id, (event) => event.method === 'process.completed', 'the end');
    expect(await ask('status', { execution_id })).toMatchObject({ reason: 'canceled' });
    for (const name of ['estimate', 'explain']) await ask(name, { argv: ['sleep', '1'] });
    await ask('explain', { command: 'ls', limits: { open_files: 100 } });
    await ask('attach', { execution_id, after_seq: 1 });
    const once = { command: 'true', idempotency_key: 'once' };
    const first = await ask('execute', once);
    await client.event(first.execution_id, (event) => event.method === 'process.completed', 'the end');
    expect(await ask('execute', once)).toMatchObject({ execution_id: first.execution_id, duplicate: true });
    await client.run({ command: 'true #late' });
    await client.notification('hook.warning');
    expect(await ask('hook_status')).toMatchObject({ enabled: true, recent_executions: [{ status: 'failed' }] });
    await ask('validate_timeout', { command: 'ls', timeout: 0 });
    await ask('ping');
    await ask('pong');
    await ask('rpc.discover');
  });

  it('tells what it answers to who comes back', async () => {
    const [gone, back] = [await Client.connect(service.url), await Client.connect(service.url)];
    const { session_id, resume_token } = gone.greeting;
    const { id: execution_id } = await gone.execute({ command: 'sleep 1000' });
    gone.socket.terminate();
    const nobody = '0af76519-16cd-43dd-8448-eb211c80319c';
    const last_seq = { [execution_id]: 1, [nobody]: 0 };
    expect(await ask('resume', { session_id, resume_token, last_seq }, back)).toMatchObject({
      executions: [{ state: 'running' }, { execution_id: nobody, state: 'unknown' }],
    });
    await ask('control', { type: 'CANCEL', execution_id }, back);
    await back.event(execution_id, (event) => event.method === 'process.completed', 'the end');
  });

  it('tells every error', async () => {
    expect(await ask('resume', { session_id: client.greeting.session_id, resume_token: 'x' })).toMatchObject({
      code: -32006,
    });
    await ask('execute', { command: 'false', idempotency_key: 'once' });
    expect(await ask('execute', { command: 'true #refused' })).toMatchObject({ data: { reason: 'not today' } });
    await ask('execute', { command: 'true', limits: { memory_bytes: 1e15 } });
    await ask('execute', { command: 'true', timeout: 5000 });
    await ask('control', { type: 'PAUSE' });
    await ask('status', { execution_id: '0af76519-16cd-43dd-8448-eb211c80319c' });
    await ask('execute', { command: 'true', cwd: '/nowhere' });
    const running = [await ask('execute', { command: 'sleep 1000' }), await ask('execute', { command: 'sleep 1000' })];
    expect(await ask('execute', { command: 'true' })).toMatchObject({ message: 'A process is already running' });
    for (const { execution_id } of running) {
      await ask('control', { type: 'CANCEL', execution_id });
      await client.event(execution_id, (event) => event.method === 'process.completed', 'the end');
    }
    const anyway = document['x-errors'];
    checkError(await client.failure('no.such.method'), anyway);
    for (const text of ['{', '{"id":1}']) {
      const answers = await client.after(() => {
        client.send(text);
      });
      // The heartbeat goes on meanwhile.
      checkError((answers as Frame[]).find(({ error }) => error !== undefined)?.error, anyway);
    }
  });

  it('tells every notification', async () => {
    await client.run({ command: 'sleep 1000', timeout: 1 });
    await client.run({ command: 'sleep 1000', stall_timeout: 0.1 });
    await client.run({ command: 'printf out', output: { mode: 'chunk' } });
    await client.run({ command: 'head -c 200000 /dev/zero | tr "\\0" x', output: { max_line_bytes: 10 } });
    await client.run({ command: "printf '%s\\n' 'Task completed' 'Created file: a.txt' 'context_length_exceeded'" });
    await client.run({
      command: "printf '%s\\n' 'Claude AI usage limit reached|1800000000' 'HTTP 429 Too Many Requests'",
    });
    await client.run({ command: 'nothing-of-this-name' });
    await client.run({ command: 'true #broken' });
    const flood = await client.run({ command: 'seq 200000', output: { mode: 'chunk' } });
    await ask('attach', { execution_id: flood.execution.id });
    await client.notification('gap');
    await client.notification('ping');
    const last = await client.execute({ command: 'sleep 1000' });
    expect(await ask('execute', { command: 'sleep 1000' })).toMatchObject({ execution_id: expect.any(String) });
    while ((await ask('execute', { command: 'true' })).code !== -32005);
    const ending = service.end('SIGTERM');
    await last.completed();
    await within(client.closed, 'the close');
    await ending;

    const frames = client.received.filter(isSingle).filter(({ method: name }) => name !== undefined);
    const told = new Map<string, ValidateFunction>(
      document['x-notifications'].map(({ name, params }: any) => [name, strict(objectOf(params))]),
    );
    for (const { method: name = '', params } of frames) {
      const validate = told.get(name);
      if (validate === undefined) throw new Error(`${name} is not in the document`);
      expect([name, ...faultsOf(validate, params)]).toEqual([name]);
    }
    expect(new Set(frames.map(({ method: name }) => name))).toEqual(new Set(told.keys()));
  });

  it('leaves in the log whose executions they were, and of which trace, and nothing they printed', () => {
    const lines = service.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const started = lines.filter(({ message }) => message === 'Execution started');
    expect(started[0]).toMatchObject({
      level: 'debug',
      context: 'Execution',
      session_id: client.greeting.session_id,
      execution_id: expect.any(String),
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
    });
    expect(lines.filter(({ message }) => message === 'Execution ended')).toHaveLength(started.length);
    expect(lines.filter(({ message }) => message === 'Session closed')).toContainEqual(
      expect.objectContaining({ session_id: client.greeting.session_id, close_code: 1001 }),
    );
    expect(service.stdout).not.toContain(client.greeting.resume_token);
    expect(service.stdout).not.toMatch(/xxxxx|printf/);
  });
});
