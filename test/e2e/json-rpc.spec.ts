import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client, type Received, disconnectAll, isSingle } from './support/client.js';
import { Service } from './support/service.js';
import type { Completed, Frame, Started } from './support/wire.js';

jest.setTimeout(60_000);

let service: Service;
let client: Client;

beforeAll(async () => {
  service = await Service.start({ MAX_PROCESSES_PER_SESSION: '3' });
});

afterAll(async () => {
  await service.stop();
});

beforeEach(async () => {
  client = await Client.connect(service.url);
});

afterEach(disconnectAll);

/** What arrives for a frame, in the order of arrival. */
async function exchange(raw: string): Promise<Received[]> {
  return client.after(() => {
    client.send(raw);
  });
}

const pong = { pong: true, timestamp: expect.any(Number) };
const parseError = { jsonrpc: '2.0', error: { code: -32700, message: 'Parse error' }, id: null };
const invalidRequest = { jsonrpc: '2.0', error: { code: -32600, message: 'Invalid Request' }, id: null };

function methodNotFound(id: unknown, method: string): object {
  return { jsonrpc: '2.0', error: { code: -32601, message: 'Method not found', data: { method } }, id };
}

/** The error of the only answer, without data: the specification leaves that to the server. */
function bare(received: readonly Received[]): unknown {
  const strip = (frame: Frame): unknown => {
    const { code, message } = frame.error ?? { code: 0, message: 'no error' };
    return { ...frame, error: { code, message } };
  };
  return received.map((frame) => (isSingle(frame) ? strip(frame) : frame.map(strip)));
}

describe('the examples of section 7 of the JSON-RPC specification', () => {
  it.each([
    { method: 'ping', params: [42, 23] },
    { method: 'execute', params: ['true'] },
    { method: 'list', params: [] },
  ])('$method with positional parameters $params is refused', async (call) => {
    expect(await exchange(JSON.stringify({ jsonrpc: '2.0', ...call, id: 1 }))).toEqual([
      { jsonrpc: '2.0', error: expect.objectContaining({ code: -32602, message: 'Invalid params' }), id: 1 },
    ]);
  });

  it('a call with named parameters is answered', async () => {
    client.send('{"jsonrpc": "2.0", "method": "execute", "params": {"timeout": 42, "command": "true"}, "id": 3}');

    expect(await client.answer(3)).toEqual({
      jsonrpc: '2.0',
      result: expect.objectContaining({ status: 'started', timeout: 42 }),
      id: 3,
    });
  });

  it('the order of named parameters does not matter', async () => {
    client.send('{"jsonrpc": "2.0", "method": "execute", "params": {"command": "true", "timeout": 42}, "id": 4}');

    expect(await client.answer(4)).toMatchObject({ result: { status: 'started', timeout: 42 } });
  });

  it.each([
    '{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}',
    '{"jsonrpc": "2.0", "method": "foobar"}',
    '{"jsonrpc": "2.0", "method": "execute", "params": {"command": ""}}',
    '{"jsonrpc": "2.0", "method": "control", "params": {"type": "CANCEL"}}',
    '{"jsonrpc": "2.0", "method": "pong"}',
    '{"jsonrpc": "2.0", "method": "pong", "params": {"timestamp": 1}}',
  ])('the notification %s is not answered', async (raw) => {
    expect(await exchange(raw)).toEqual([]);
  });

  it('a call of a method that does not exist', async () => {
    expect(await exchange('{"jsonrpc": "2.0", "method": "foobar", "id": "1"}')).toEqual([
      methodNotFound('1', 'foobar'),
    ]);
  });

  it('a call with invalid JSON', async () => {
    const raw = '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]';

    expect(bare(await exchange(raw))).toEqual([parseError]);
  });

  it('a call with an invalid Request object', async () => {
    expect(bare(await exchange('{"jsonrpc": "2.0", "method": 1, "params": "bar"}'))).toEqual([invalidRequest]);
  });

  it('a batch of invalid JSON', async () => {
    const raw = '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method"]';

    expect(bare(await exchange(raw))).toEqual([parseError]);
  });

  it('an empty array', async () => {
    expect(bare(await exchange('[]'))).toEqual([invalidRequest]);
  });

  it('an invalid batch that is not empty', async () => {
    expect(bare(await exchange('[1]'))).toEqual([[invalidRequest]]);
  });

  it('an invalid batch', async () => {
    expect(bare(await exchange('[1,2,3]'))).toEqual([[invalidRequest, invalidRequest, invalidRequest]]);
  });

  it('a mixed batch', async () => {
    const [answers, ...more] = await exchange(
      `[
        {"jsonrpc": "2.0", "method": "ping", "id": "1"},
        {"jsonrpc": "2.0", "method": "pong", "params": {"timestamp": 7}},
        {"jsonrpc": "2.0", "method": "ping", "params": {}, "id": "2"},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        {"jsonrpc": "2.0", "method": "list", "id": "9"}
      ]`,
    );

    expect(more).toEqual([]);
    expect(answers).toHaveLength(5);
    expect(answers).toEqual(
      expect.arrayContaining([
        { jsonrpc: '2.0', result: pong, id: '1' },
        { jsonrpc: '2.0', result: pong, id: '2' },
        { jsonrpc: '2.0', error: expect.objectContaining(invalidRequest.error), id: null },
        methodNotFound('5', 'foo.get'),
        { jsonrpc: '2.0', result: { executions: [] }, id: '9' },
      ]),
    );
  });

  it('a batch of notifications only', async () => {
    const raw = '[{"jsonrpc": "2.0", "method": "pong"}, {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]';

    expect(await exchange(raw)).toEqual([]);
  });
});

describe('an id', () => {
  it.each(['""', '"x"', '"1"', '"\\u0000 \\" ☃"', '"\\ud83d\\ude00"', '0', '-1', '1.5', '9007199254740991', 'null'])(
    '%s is echoed as it is',
    async (id) => {
      expect(await exchange(`{"jsonrpc":"2.0","method":"ping","id":${id}}`)).toEqual([
        { jsonrpc: '2.0', result: pong, id: JSON.parse(id) as unknown },
      ]);
    },
  );

  it('as long as a page is echoed whole', async () => {
    const id = 'i'.repeat(4000);

    expect(await exchange(JSON.stringify({ jsonrpc: '2.0', method: 'ping', id }))).toMatchObject([{ id }]);
  });

  it.each(['1e400', '-1e400', '9007199254740993', 'true', '{}', '[]', '[1]'])(
    '%s makes the request invalid',
    async (id) => {
      expect(bare(await exchange(`{"jsonrpc":"2.0","method":"ping","id":${id}}`))).toEqual([invalidRequest]);
    },
  );

  it('may come twice', async () => {
    const raw = '{"jsonrpc":"2.0","method":"ping","id":7}';

    expect(await exchange(`[${raw},${raw}]`)).toMatchObject([[{ id: 7 }, { id: 7 }]]);
  });

  it('of null gets its errors too', async () => {
    expect(await exchange('{"jsonrpc":"2.0","method":"nope","id":null}')).toEqual([methodNotFound(null, 'nope')]);
  });
});

describe('a method', () => {
  it.each([
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype', 'then', ''],
    ...['Execute', 'execute ', 'connected', 'process.started', 'ping\u0000', 'resize'],
  ])('named %j is unknown', async (method) => {
    expect(await exchange(JSON.stringify({ jsonrpc: '2.0', method, id: 1 }))).toEqual([methodNotFound(1, method)]);
  });

  it('pong with an id is answered once', async () => {
    expect(await exchange('{"jsonrpc":"2.0","method":"pong","id":1}')).toEqual([expect.objectContaining({ id: 1 })]);
  });
});

describe('a request is invalid', () => {
  it.each([
    'null',
    'true',
    '1',
    '"ping"',
    '{}',
    '{"method":"ping"}',
    '{"jsonrpc":"1.0","method":"ping"}',
    '{"jsonrpc":2.0,"method":"ping"}',
    '{"jsonrpc":"2.0"}',
    '{"jsonrpc":"2.0","method":null}',
    '{"jsonrpc":"2.0","method":["ping"]}',
    '{"jsonrpc":"2.0","method":"ping","params":"bar"}',
    '{"jsonrpc":"2.0","method":"ping","params":7}',
    '{"__proto__":{"jsonrpc":"2.0","method":"ping","id":1}}',
    '{"jsonrpc":"2.0","result":{},"method":null}',
  ])('as %s', async (raw) => {
    expect(bare(await exchange(raw))).toEqual([invalidRequest]);
  });

  it.each([
    '{"method":"ping","id":1}',
    '{"jsonrpc":"1.0","method":"ping","id":1}',
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","method":1,"id":1}',
    '{"jsonrpc":"2.0","method":"ping","params":"bar","id":1}',
  ])('as %s, and answered once', async (raw) => {
    const [answer, ...more] = await exchange(raw);

    expect(more).toEqual([]);
    expect(answer).toMatchObject({ error: { code: -32600, message: 'Invalid Request' } });
    expect([1, null]).toContain((answer as Frame).id);
  });

  it('as a batch within a batch', async () => {
    expect(bare(await exchange('[[{"jsonrpc":"2.0","method":"ping","id":1}],[]]'))).toEqual([
      [invalidRequest, invalidRequest],
    ]);
  });

  it('as 100,000 arrays in one another', async () => {
    const depth = 100_000;
    const received = await exchange('['.repeat(depth) + ']'.repeat(depth));

    expect([JSON.stringify([[invalidRequest]]), JSON.stringify([parseError])]).toContain(
      JSON.stringify(bare(received)),
    );
  });

  it.each(['', ' ', '{', 'ping', "{'a':1}", '{"a":1}{"b":2}', '[1,]', 'NaN', '\u0000'])(
    'and no JSON as %j',
    async (raw) => {
      expect(bare(await exchange(raw))).toEqual([parseError]);
    },
  );
});

describe('a batch', () => {
  it('starts its executions in order, answers them together, and then lets them speak', async () => {
    const calls = ['one', 'two', 'three'].map((word, index) => ({
      jsonrpc: '2.0',
      method: 'execute',
      params: { command: `echo ${word}`, labels: { word } },
      id: index,
    }));
    client.sendJson(calls);
    const isBatch = (frame: Received): boolean => !isSingle(frame);
    const answers = (await client.next(isBatch, 'the answers')) as readonly Frame[];

    const started = answers.map(({ result }) => result as Started);
    expect(answers.map(({ id }) => id)).toEqual([0, 1, 2]);
    for (const [index, { execution_id: id }] of started.entries()) {
      await client.event(id, (event) => event.method === 'process.completed', 'process.completed');
      expect(client.eventsOf(id)[1]?.params.data).toBe(`${['one', 'two', 'three'][index] ?? ''}\n`);
    }
    const firstEvent = client.received.findIndex((frame) => isSingle(frame) && frame.method === 'process.started');
    expect(client.received.findIndex(isBatch)).toBeLessThan(firstEvent);
  });

  it('holds execute and the controls of what it starts', async () => {
    client.sendJson([
      { jsonrpc: '2.0', method: 'execute', params: { command: 'sleep 1000' }, id: 'e' },
      { jsonrpc: '2.0', method: 'control', params: { type: 'PAUSE' }, id: 'p' },
      { jsonrpc: '2.0', method: 'control', params: { type: 'RESUME' }, id: 'r' },
      { jsonrpc: '2.0', method: 'control', params: { type: 'CANCEL' }, id: 'c' },
    ]);
    const { params } = await client.notification('process.completed');

    expect(params).toMatchObject({ status: 'canceled', reason: 'canceled' });
    expect(client.received.find((frame) => !isSingle(frame))).toMatchObject([
      { id: 'e', result: { status: 'started' } },
      { id: 'p', result: { status: 'paused' } },
      { id: 'r', result: { status: 'resumed' } },
      { id: 'c', result: { status: 'canceled' } },
    ]);
    expect(client.eventsOf((params as Completed).execution_id).map(({ method }) => method)).toEqual([
      'process.started',
      'process.paused',
      'process.resumed',
      'process.canceled',
      'process.completed',
    ]);
  });

  it('executes its notifications without an answer', async () => {
    client.sendJson([{ jsonrpc: '2.0', method: 'execute', params: { command: 'echo silent start' } }]);
    await client.notification('process.completed');

    expect(client.frames.map(({ method }) => method)).toEqual([
      'connected',
      'process.started',
      'process.output',
      'process.completed',
    ]);
  });
});

describe('requests in a row', () => {
  it('start in the order in which they came', async () => {
    const call = (id: number, method: string, params: object): void => {
      client.sendJson({ jsonrpc: '2.0', method, params, id });
    };
    call(1, 'execute', { command: 'sleep 1000' });
    call(2, 'control', { type: 'PAUSE' });
    call(3, 'control', { type: 'RESUME' });
    call(4, 'control', { type: 'CANCEL' });
    const { params } = await client.notification('process.completed');

    expect(params).toMatchObject({ status: 'canceled', exit_code: -15, signal: 'SIGTERM', reason: 'canceled' });
    const answers = client.frames.filter(({ id }) => id !== undefined);
    expect(answers.sort((one, other) => Number(one.id) - Number(other.id))).toMatchObject([
      { id: 1, result: { status: 'started' } },
      { id: 2, result: { status: 'paused' } },
      { id: 3, result: { status: 'resumed' } },
      { id: 4, result: { status: 'canceled' } },
    ]);
    expect(client.eventsOf((params as Completed).execution_id).map(({ method }) => method)).toEqual([
      'process.started',
      'process.paused',
      'process.resumed',
      'process.canceled',
      'process.completed',
    ]);
  });

  it('find the places taken by those before them', async () => {
    for (let id = 1; id <= 4; id++) {
      client.sendJson({ jsonrpc: '2.0', method: 'execute', params: { command: 'sleep 1000' }, id });
    }
    const isAnswered = (id: number): boolean => client.frames.some((frame) => frame.id === id);
    await client.next(() => [1, 2, 3, 4].every(isAnswered), 'four answers');

    const answers = client.frames.filter(({ id }) => id !== undefined);
    expect(answers.filter(({ error }) => error !== undefined)).toMatchObject([
      { id: 4, error: { code: -32602, message: 'A process is already running' } },
    ]);
  });

  it('do not wait for a slow one', async () => {
    const execution = await client.execute({ command: 'trap "" TERM; echo ready; while :; do sleep 0.1; done' });
    await execution.prints('ready');

    expect(await execution.control('CANCEL')).toEqual({ status: 'canceled' });
    expect(await client.request('ping')).toEqual(pong);
    expect(await execution.control('SIGNAL', { signal: 'SIGKILL' })).toEqual({ status: 'signaled' });
    expect(await execution.completed()).toMatchObject({ status: 'canceled', exit_code: -9, signal: 'SIGKILL' });
  });
});
