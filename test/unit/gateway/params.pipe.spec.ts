import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AttachParams } from '../../../src/gateway/attach.params.js';
import { ControlParams } from '../../../src/gateway/control.params.js';
import { ExecuteParams } from '../../../src/gateway/execute.params.js';
import { InputParams } from '../../../src/gateway/input.params.js';
import { NoParams } from '../../../src/gateway/no.params.js';
import { ParamsPipe } from '../../../src/gateway/params.pipe.js';
import { ResumeParams } from '../../../src/gateway/resume.params.js';
import { StatusParams } from '../../../src/gateway/status.params.js';
import { RpcError } from '../../../src/rpc/rpc-error.js';

const UUID = '0f8fad5b-d9cb-469f-a165-70867728950e';
type ParamsClass = new () => object;

const CLASSES: readonly ParamsClass[] = [
  ExecuteParams,
  ControlParams,
  InputParams,
  StatusParams,
  NoParams,
  AttachParams,
  ResumeParams,
];

/** A request of each method that has nothing but what it needs. */
const LEAST: readonly (readonly [ParamsClass, object])[] = [
  [ExecuteParams, { command: 'true' }],
  [ControlParams, { type: 'PAUSE' }],
  [InputParams, {}],
  [StatusParams, { execution_id: UUID }],
  [NoParams, {}],
  [AttachParams, { execution_id: UUID }],
  [ResumeParams, { session_id: UUID, resume_token: 'x' }],
];

const pipe = new ParamsPipe();

/** The params as JSON brings them, through the pipe. */
function transform(metatype: ParamsClass, params: unknown): object {
  return pipe.transform(params === undefined ? undefined : JSON.parse(JSON.stringify(params)), {
    type: 'body',
    metatype,
  });
}

/** What the params are refused with; null = they are taken. */
function refusal(metatype: ParamsClass, params: unknown): RpcError | null {
  try {
    transform(metatype, params);
    return null;
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
}

/** The fields that are named as faulty. */
function faulty(metatype: ParamsClass, params: unknown): string[] {
  const error = refusal(metatype, params);
  if (error === null) return [];
  expect(error).toMatchObject({ code: -32602, message: 'Invalid params' });
  const { errors } = error.data as { errors: { field: string; message: string }[] };
  for (const { message } of errors) expect(message).toMatch(/\S/);
  return errors.map(({ field }) => field);
}

/** `{"a":{"a":{…}}}`, that deep. */
function nested(depth: number): unknown {
  return JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth));
}

describe('any method', () => {
  it.each(LEAST)('%p takes %j', (metatype, params) => {
    const taken = transform(metatype, params);

    expect(taken).toBeInstanceOf(metatype);
    expect({ ...taken }).toEqual(params);
  });

  it.each(CLASSES.map((metatype) => [metatype]))('%p is not called by position', (metatype) => {
    for (const params of [[], [1], ['true'], [{ command: 'true' }]]) {
      expect(refusal(metatype, params)).toMatchObject({
        code: -32602,
        data: 'Parameters are passed by name, in an object',
      });
    }
  });

  it.each([InputParams, NoParams])('%p may be called without params', (metatype) => {
    expect({ ...transform(metatype, undefined) }).toEqual({});
  });

  it.each([ExecuteParams, ControlParams, StatusParams])('%p is refused without params', (metatype) => {
    expect(faulty(metatype, undefined)).toHaveLength(1);
  });

  it.each(LEAST)('%p refuses an unknown field', (metatype, params) => {
    for (const name of ['x', '', 'a.b', '0', 'Command', '__proto__', 'constructor', 'prototype']) {
      const sent = Object.defineProperty({ ...params }, name, { value: 1, enumerable: true });
      expect(faulty(metatype, sent)).toEqual([name]);
    }
  });

  it.each(LEAST)('%p refuses an unknown field that is named as a method of every object', (metatype, params) => {
    for (const name of Object.getOwnPropertyNames(Object.prototype)) {
      const sent = Object.defineProperty({ ...params }, name, { value: 1, enumerable: true });
      expect(faulty(metatype, sent)).toEqual([name]);
    }
  });

  it.each(LEAST.slice(0, 4))(
    '%p names at most 20 faults, and no more than 100 characters of a name',
    (metatype, params) => {
      const unknown = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`${'x'.repeat(200)}${index}`, 1]));
      const fields = faulty(metatype, { ...params, ...unknown });

      expect(fields).toHaveLength(20);
      for (const field of fields) expect(field.length).toBeLessThanOrEqual(100);
    },
  );

  it.each(LEAST)('%p never throws anything but Invalid params, whatever it is sent', (metatype, params) => {
    const names = [
      'command',
      'argv',
      'timeout',
      'stall_timeout',
      'cwd',
      'env',
      'stdin',
      'output',
      'mode',
      'encoding',
      'max_line_bytes',
    ];
    const more = [
      'on_exit',
      'on_disconnect',
      'labels',
      'type',
      'signal',
      'execution_id',
      'data',
      'eof',
      'length',
      '0',
      'x',
    ];
    const words = ['line', 'utf8', 'kill', 'PAUSE', 'SIGNAL', 'SIGINT', UUID, '', ' ', '\0', '\ud800', 'true', '5'];
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<unknown>(null, true, false, 0, -1, 5, 1e12, 1.5, -0, ...words),
        fc.jsonValue({ maxDepth: 2 }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names, ...more), tie('value'), { maxKeys: 4 }),
      ),
    }));
    const sent = fc.oneof(
      value,
      fc.dictionary(fc.constantFrom(...names, ...more), value, { maxKeys: 6 }).map((some) => ({ ...params, ...some })),
    );
    fc.assert(
      fc.property(sent, (given) => {
        // A frame whose params are no structure is no request: it does not come this far.
        if (typeof given !== 'object' || given === null) return;
        const error = refusal(metatype, given);
        if (error === null) return;
        expect(error.code).toBe(-32602);
        expect(typeof error.data === 'string' || Array.isArray((error.data as { errors: unknown }).errors)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each(LEAST)('%p refuses what is nested deeply as any other wrong value', (metatype, params) => {
    const sent = { ...params, x: nested(100_000) };

    expect(() => pipe.transform(sent, { type: 'body', metatype })).toThrow(
      expect.objectContaining({ code: -32602, data: { errors: [{ field: 'x', message: expect.any(String) }] } }),
    );
  });

  it.each(LEAST)('%p refuses what is nested', (metatype, params) => {
    expect(faulty(metatype, { ...params, x: nested(300) })).toEqual(['x']);
  });

  it('has a params class, or is a defect', () => {
    expect(() => pipe.transform({}, { type: 'body' })).toThrow('declares no params class');
  });
});

describe('execute', () => {
  it('takes all its fields', () => {
    const params = {
      argv: ['printf', '%s', '', '-'],
      timeout: 0.5,
      stall_timeout: 31_536_000,
      cwd: '/tmp',
      env: { A: '', 'B C': 'x\n', é: '€', toString: 'f' },
      stdin: 'text \0 \ud800',
      output: { mode: 'lines', encoding: 'base64', max_line_bytes: 1 },
      limits: { cpu_seconds: 5, memory_bytes: 2 ** 30, output_bytes: 6, file_bytes: 7, processes: 8, open_files: 90 },
      on_exit: 'keep',
      on_disconnect: 'keep',
      detach: true,
      on_full: 'drop_oldest',
      idempotency_key: 'k',
      labels: { a: 'b', '': '', 'x=y': 'z' },
    };

    expect(JSON.parse(JSON.stringify(transform(ExecuteParams, params)))).toEqual(params);
  });

  it.each<[string, unknown[]]>([
    ['command', ['true', ' true ', 'a\nb', '😀']],
    ['timeout', [0, 1, 0.001, 31_536_000, null]],
    ['stall_timeout', [0, 1, 0.001, 31_536_000, null]],
    ['cwd', ['/', 'relative', null]],
    ['env', [{}, { A: 'b' }, { hasOwnProperty: 'x', length: '1' }, null]],
    ['stdin', [true, false, '', 'x', null]],
    [
      'output',
      [{}, { mode: 'line' }, { mode: 'chunk', encoding: 'utf8' }, { max_line_bytes: 1_048_576 }, { mode: null }, null],
    ],
    [
      'limits',
      [
        {},
        { cpu_seconds: 1, memory_bytes: 16_777_216, output_bytes: 1, file_bytes: 1, processes: 1, open_files: 16 },
        { memory_bytes: 2 ** 53 - 1, output_bytes: null },
        null,
      ],
    ],
    ['on_exit', ['kill', 'keep', null]],
    ['on_disconnect', ['cancel', 'keep', 'pause', null]],
    ['detach', [true, false, null]],
    ['on_full', ['block', 'drop_oldest', null]],
    ['idempotency_key', ['x', 'é'.repeat(128), null]],
    ['labels', [{}, { a: '' }, null]],
    [
      'traceparent',
      [
        null,
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
        'cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-of-a-later-version',
      ],
    ],
  ])('takes as %s each of %j', (field, values) => {
    for (const value of values) expect(faulty(ExecuteParams, { command: 'true', [field]: value })).toEqual([]);
  });

  it.each<[string, unknown[]]>([
    ['command', [null, 1, true, {}, [], ['true'], 'a\0b', '\0', '\ud800', 'a\udc00', { toString: 'x' }]],
    ['timeout', [-1, -0.001, '5', '', 1e12, 31_536_001, true, [], [5], {}]],
    ['stall_timeout', [-1, '5', 1e12, true, [], {}]],
    ['cwd', [1, true, {}, [], ['/'], '/a\0b', '\ud800']],
    [
      'env',
      [
        1,
        'A=b',
        true,
        [],
        ['A'],
        { A: 1 },
        { A: null },
        { A: {} },
        { '': 'x' },
        { 'A=B': 'x' },
        { A: '\0' },
        { 'A\0': 'x' },
        { A: '\ud800' },
        { '\ud800': 'x' },
        { CC_EXECUTOR_INSTANCE: 'x' },
        { CC_EXECUTOR_: '' },
      ],
    ],
    ['stdin', [1, 0, {}, [], ['x']]],
    ['output', [1, 'line', true, [], [{}], [{ mode: 'line' }]]],
    ['output.mode', [{ mode: 'lin' }, { mode: 1 }, { mode: ['line'] }, { mode: {} }].map((output) => ({ output }))],
    [
      'output.encoding',
      [{ encoding: 'latin1' }, { encoding: '' }, { encoding: ['utf8'] }].map((output) => ({ output })),
    ],
    [
      'output.max_line_bytes',
      [0, -1, 1.5, '5', 1_048_577, true, []].map((bytes) => ({ output: { max_line_bytes: bytes } })),
    ],
    ['output.x', [{ output: { x: 1 } }, { output: { mode: 'line', x: {} } }]],
    ['on_exit', ['', 'stay', true, 1, ['keep'], {}]],
    ['on_disconnect', ['', 'stay', true, ['cancel']]],
    ['detach', [1, 'true', [], {}]],
    ['on_full', ['', 'drop', true, ['block']]],
    ['idempotency_key', ['', 'x'.repeat(129), 1, true, 'a\0', '\ud800', ['x'], {}]],
    ['limits', [1, 'x', true, [], [{ cpu_seconds: 1 }]]],
    ...['cpu_seconds', 'memory_bytes', 'output_bytes', 'file_bytes', 'processes', 'open_files'].map(
      (limit): [string, unknown[]] => [
        `limits.${limit}`,
        [0, -1, 1.5, '5', true, [], {}, 2 ** 53].map((value) => ({ limits: { [limit]: value } })),
      ],
    ),
    ['limits.memory_bytes', [{ limits: { memory_bytes: 16_777_215 } }]],
    ['limits.open_files', [{ limits: { open_files: 15 } }]],
    ['limits.cpu_seconds', [{ limits: { cpu_seconds: 31_536_001 } }]],
    ['limits.cpuSeconds', [{ limits: { cpuSeconds: 1 } }]],
    ['task', [1, 'x', [], [{}]]],
    ['task.category', ['', 1, {}, 'x'.repeat(65), 'a\0'].map((category) => ({ task: { category } }))],
    ['task.name', ['', true, 'x'.repeat(65)].map((name) => ({ task: { name } }))],
    ['task.complexity', ['', 'easy', 'LOW', 1].map((complexity) => ({ task: { complexity } }))],
    ['task.type', ['', [], 'x'.repeat(65)].map((type) => ({ task: { type } }))],
    ['task.x', [{ task: { x: 1 } }]],
    [
      'traceparent',
      [
        1,
        '',
        'x',
        '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
        '00-00000000000000000000000000000000-b7ad6b7169203331-01',
        '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331',
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more',
        'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        ' 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n',
        'cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-a\nb',
      ],
    ],
    ['labels', [1, 'x', [], { a: 1 }, { a: null }, { a: '\0' }, { '\ud800': '' }]],
    ...['pty', 'stop_on'].map((field): [string, unknown[]] => [field, [true, 'x', {}]]),
  ])('refuses as %s each of %j', (field, values) => {
    for (const value of values) {
      const given = field.includes('.') ? (value as object) : { [field]: value };
      expect(faulty(ExecuteParams, { command: 'true', ...given })).toEqual([field]);
    }
  });

  it.each(['', ' ', '\t\n', '\u00a0'])('refuses the empty command %j with a sentence', (command) => {
    expect(refusal(ExecuteParams, { command })).toMatchObject({ code: -32602, data: 'Command cannot be empty' });
    expect(refusal(ExecuteParams, { command, timeout: -1 })).toMatchObject({ data: 'Command cannot be empty' });
  });

  it.each<[unknown]>([
    [[]],
    [['']],
    [['', 'x']],
    ['true'],
    [{ 0: 'true', length: 1 }],
    [[1]],
    [['true', null]],
    [['true', ['x']]],
    [['a\0']],
    [['true', '\0']],
    [['true', '\ud800']],
    [[['true']]],
  ])('refuses as argv %j', (argv) => {
    expect(faulty(ExecuteParams, { argv })).toEqual(['argv']);
  });

  it.each([[['true']], [['true', '']], [['a b', '-c', '😀', '\n']]])('takes as argv %j', (argv) => {
    expect(transform(ExecuteParams, { argv })).toMatchObject({ argv });
  });

  it.each(['cancel', 'pause'])('does not detach where on_disconnect is %s', (onDisconnect) => {
    expect(faulty(ExecuteParams, { command: 'true', on_disconnect: onDisconnect, detach: true })).toEqual(['detach']);
    expect(faulty(ExecuteParams, { command: 'true', on_disconnect: onDisconnect, detach: false })).toEqual([]);
  });

  it('takes either a command or argv', () => {
    expect(faulty(ExecuteParams, {})).toEqual(['command']);
    expect(faulty(ExecuteParams, { command: 'true', argv: ['true'] })).toEqual(['command']);
  });

  it('takes no argv of null for a program', () => {
    expect(faulty(ExecuteParams, { argv: null })).toEqual(['command']);
    expect(faulty(ExecuteParams, { command: null, argv: null })).toEqual(['command']);
    expect(faulty(ExecuteParams, { command: 'true', argv: null })).toEqual([]);
    expect(faulty(ExecuteParams, { command: null, argv: ['true'] })).toEqual([]);
  });

  it.each(['env', 'labels'])('takes any name in %s, also of a member of every object', (field) => {
    for (const name of Object.getOwnPropertyNames(Object.prototype)) {
      const names = Object.defineProperty({}, name, { value: 'x', enumerable: true });
      const taken = transform(ExecuteParams, { command: 'true', [field]: names }) as Record<string, object>;
      expect(Object.entries(taken[field]!)).toEqual([[name, 'x']]);
    }
  });

  it('refuses an unknown field within output that is named as a member of every object', () => {
    for (const name of Object.getOwnPropertyNames(Object.prototype)) {
      const output = Object.defineProperty({}, name, { value: 'x', enumerable: true });
      expect(faulty(ExecuteParams, { command: 'true', output })).toEqual([`output.${name}`]);
    }
  });

  it.each(['env', 'unknown'])('takes little time for many fields: %s', (kind) => {
    const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`k${index}`, 'v']));
    const params = kind === 'env' ? { command: 'true', env: many } : { command: 'true', ...many };
    const start = performance.now();
    refusal(ExecuteParams, params);

    // The square of so many takes minutes.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('control', () => {
  it.each([
    { type: 'PAUSE' },
    { type: 'RESUME', execution_id: UUID },
    { type: 'CANCEL', execution_id: null },
    { type: 'SIGNAL', signal: 'SIGINT' },
    { type: 'SIGNAL', signal: 'SIGUSR1', execution_id: UUID },
    { type: 'CANCEL', signal: 'SIGTERM' },
  ])('takes %j', (params) => {
    expect({ ...transform(ControlParams, params) }).toEqual(params);
  });

  it.each<[string, unknown]>([
    ['type', {}],
    ['type', { type: 'pause' }],
    ['type', { type: 'STOP' }],
    ['type', { type: null }],
    ['type', { type: ['PAUSE'] }],
    ['signal', { type: 'SIGNAL' }],
    ['signal', { type: 'SIGNAL', signal: null }],
    ['signal', { type: 'SIGNAL', signal: 'INT' }],
    ['signal', { type: 'SIGNAL', signal: 'sigint' }],
    ['signal', { type: 'SIGNAL', signal: 2 }],
    ['signal', { type: 'SIGNAL', signal: 'constructor' }],
    ['signal', { type: 'SIGNAL', signal: ['SIGINT'] }],
    ['signal', { type: 'PAUSE', signal: 'x' }],
    ['execution_id', { type: 'PAUSE', execution_id: 'x' }],
    ['execution_id', { type: 'PAUSE', execution_id: 1 }],
    ['execution_id', { type: 'PAUSE', execution_id: '' }],
    ['execution_id', { type: 'PAUSE', execution_id: [UUID] }],
  ])('refuses as %s %j', (field, params) => {
    expect(faulty(ControlParams, params)).toEqual([field]);
  });
});

describe('input', () => {
  it.each([
    {},
    { data: '' },
    { data: 'x\0\ud800' },
    { data: 'eA==', encoding: 'base64' },
    { data: 'x', encoding: 'utf8', eof: true, execution_id: UUID },
    { eof: false },
  ])('takes %j', (params) => {
    expect({ ...transform(InputParams, params) }).toEqual(params);
  });

  it.each<[string, unknown]>([
    ['data', { data: 1 }],
    ['data', { data: ['x'] }],
    ['data', { data: {} }],
    ['encoding', { data: '', encoding: 'hex' }],
    ['encoding', { data: '', encoding: ['utf8'] }],
    ['eof', { eof: 'true' }],
    ['eof', { eof: 1 }],
    ['execution_id', { execution_id: 'x' }],
  ])('refuses as %s %j', (field, params) => {
    expect(faulty(InputParams, params)).toEqual([field]);
  });
});

describe('status', () => {
  it.each([
    [{}],
    [{ execution_id: null }],
    [{ execution_id: 1 }],
    [{ execution_id: 'x' }],
    [{ execution_id: `${UUID} ` }],
    [{ execution_id: {} }],
  ])('refuses %j', (params) => {
    expect(faulty(StatusParams, params)).toEqual(['execution_id']);
  });

  it('takes a UUID in either case', () => {
    for (const id of [UUID, UUID.toUpperCase()])
      expect({ ...transform(StatusParams, { execution_id: id }) }).toEqual({ execution_id: id });
  });
});

describe('attach', () => {
  it.each([
    { execution_id: UUID },
    { execution_id: UUID, after_seq: 0 },
    { execution_id: UUID, after_seq: 2 ** 53 - 1 },
  ])('takes %j', (params) => {
    expect({ ...transform(AttachParams, params) }).toEqual(params);
  });

  it.each<[string, unknown]>([
    ['execution_id', {}],
    ...[-1, 0.5, 2 ** 53, '1', true, [1], {}].map((seq): [string, unknown] => [
      'after_seq',
      { execution_id: UUID, after_seq: seq },
    ]),
  ])('refuses as %s %j', (field, params) => {
    expect(faulty(AttachParams, params)).toEqual([field]);
  });
});

describe('resume', () => {
  const claim = { session_id: UUID, resume_token: 'x' };

  it.each([{}, { last_seq: {} }, { last_seq: { [UUID]: 0, [UUID.toUpperCase()]: 2 ** 53 - 1 } }, { last_seq: null }])(
    'takes %j',
    (more) => {
      expect({ ...transform(ResumeParams, { ...claim, ...more }) }).toEqual({ ...claim, ...more });
    },
  );

  it.each<[string, unknown]>([
    ['session_id', { resume_token: 'x' }],
    ['session_id', { ...claim, session_id: 'x' }],
    ['resume_token', { session_id: UUID }],
    ['resume_token', { ...claim, resume_token: '' }],
    ['resume_token', { ...claim, resume_token: 'x'.repeat(129) }],
    ['resume_token', { ...claim, resume_token: ['x'] }],
    ...[1, 'x', [], { x: 1 }, { [UUID]: -1 }, { [UUID]: 0.5 }, { [UUID]: '1' }, { [UUID]: null }].map(
      (lastSeq): [string, unknown] => ['last_seq', { ...claim, last_seq: lastSeq }],
    ),
  ])('refuses as %s %j', (field, params) => {
    expect(faulty(ResumeParams, params)).toEqual([field]);
  });
});

describe('list and ping', () => {
  it.each(['x', '', '__proto__', 'constructor', 'toString'])('refuse the field %j', (name) => {
    expect(faulty(NoParams, Object.defineProperty({}, name, { value: 1, enumerable: true }))).toEqual([name]);
  });
});
