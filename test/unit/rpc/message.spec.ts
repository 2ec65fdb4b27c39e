import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMessage, responseText } from '../../../src/rpc/message.js';
import { RpcError } from '../../../src/rpc/rpc-error.js';

/** What the frame is refused with. */
function refusal(text: string): RpcError {
  try {
    parseMessage(text);
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error(`Not refused: ${text}`);
}

describe('a request', () => {
  it.each<[string, string, unknown]>([
    ['params by name', '{"a":1}', { a: 1 }],
    ['params by position', '[1,2]', [1, 2]],
    ['empty params', '{}', {}],
    ['empty params by position', '[]', []],
  ])('has %s', (_, params, expected) => {
    expect(parseMessage(`{"jsonrpc":"2.0","method":"m","params":${params},"id":1}`)).toEqual({
      batch: false,
      request: { id: 1, method: 'm', params: expected },
    });
  });

  it('may have no params', () => {
    expect(parseMessage('{"jsonrpc":"2.0","method":"m","id":1}')).toEqual({
      batch: false,
      request: { id: 1, method: 'm', params: undefined },
    });
  });

  it('may have members the specification does not name', () => {
    expect(parseMessage('{"jsonrpc":"2.0","method":"m","id":1,"traceparent":"x","result":0}')).toMatchObject({
      request: { id: 1, method: 'm' },
    });
  });

  it('may stand between white space', () => {
    expect(parseMessage(' \t\r\n{"jsonrpc":"2.0","method":"m","id":1}\n')).toMatchObject({ request: { method: 'm' } });
  });

  it.each(['', 'rpc.discover', '__proto__', 'constructor', 'toString', 'execute\u0000', '😀'])(
    'may name the method %j',
    (method) => {
      expect(parseMessage(JSON.stringify({ jsonrpc: '2.0', method, id: 1 }))).toMatchObject({ request: { method } });
    },
  );

  it('keeps __proto__ in params a plain member', () => {
    const message = parseMessage('{"jsonrpc":"2.0","method":"m","params":{"__proto__":{"polluted":true}},"id":1}');

    const { params } = (message as { request: { params: object } }).request;
    expect(Object.hasOwn(params, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(params)).not.toHaveProperty('polluted');
  });

  it('takes nothing from a __proto__ of its own', () => {
    expect(refusal('{"__proto__":{"jsonrpc":"2.0","method":"m","id":1}}').code).toBe(-32600);
    expect(parseMessage('{"jsonrpc":"2.0","method":"m","__proto__":{"id":7}}')).toEqual({
      batch: false,
      request: { id: undefined, method: 'm', params: undefined },
    });
  });
});

describe('an id', () => {
  it.each<[string, unknown]>([
    ['0', 0],
    ['1', 1],
    ['-1', -1],
    ['1.5', 1.5],
    ['1e3', 1000],
    ['1e-400', 0],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['""', ''],
    ['"1"', '1'],
    ['"null"', 'null'],
    ['"9007199254740993"', '9007199254740993'],
    ['"\\u0000\\ud800"', '\u0000\ud800'],
    ['null', null],
  ])('of %s is taken as it is', (text, id) => {
    expect(parseMessage(`{"jsonrpc":"2.0","method":"m","id":${text}}`)).toMatchObject({ request: { id } });
  });

  it.each([
    '1e400',
    '-1e400',
    '9007199254740993',
    '9007199254740992',
    '-9007199254740993',
    '1e300',
    'true',
    'false',
    '{}',
    '[]',
    '[1]',
  ])('of %s is refused', (text) => {
    expect(refusal(`{"jsonrpc":"2.0","method":"m","id":${text}}`)).toMatchObject({
      code: -32600,
      message: 'Invalid Request',
    });
  });

  it('that is absent makes a notification', () => {
    expect(parseMessage('{"jsonrpc":"2.0","method":"m"}')).toMatchObject({ request: { id: undefined } });
  });
});

describe('a frame that is no JSON', () => {
  it.each([
    ['empty', ''],
    ['white space', ' \n'],
    ['cut short', '{"jsonrpc":"2.0","method":"foobar, "params":"bar","baz]'],
    ['a batch cut short', '[{"jsonrpc":"2.0","method":"sum","params":[1,2,4],"id":"1"},{"jsonrpc":"2.0","method"'],
    ['two values', '{"jsonrpc":"2.0","method":"m","id":1}{}'],
    ['single quotes', "{'jsonrpc':'2.0','method':'m','id':1}"],
    ['NaN', '{"jsonrpc":"2.0","method":"m","id":NaN}'],
    ['a comma too many', '[1,]'],
    ['undefined', 'undefined'],
    ['a raw line break in a string', '{"jsonrpc":"2.0","method":"a\nb","id":1}'],
    ['a byte order mark first', '\ufeff{"jsonrpc":"2.0","method":"m","id":1}'],
  ])('(%s) is a parse error', (_, text) => {
    expect(refusal(text)).toMatchObject({ code: -32700, message: 'Parse error', data: undefined });
  });
});

describe('JSON that is no request', () => {
  it.each([
    ['a number', '1'],
    ['a string', '"execute"'],
    ['null', 'null'],
    ['true', 'true'],
    ['an empty object', '{}'],
    ['an empty batch', '[]'],
    ['without jsonrpc', '{"method":"m","id":1}'],
    ['jsonrpc 1.0', '{"jsonrpc":"1.0","method":"m","id":1}'],
    ['jsonrpc as a number', '{"jsonrpc":2.0,"method":"m","id":1}'],
    ['without a method', '{"jsonrpc":"2.0","id":1}'],
    ['a method that is a number', '{"jsonrpc":"2.0","method":1,"params":"bar"}'],
    ['a method that is null', '{"jsonrpc":"2.0","method":null,"id":1}'],
    ['params that are a string', '{"jsonrpc":"2.0","method":"m","params":"bar","id":1}'],
    ['params that are a number', '{"jsonrpc":"2.0","method":"m","params":1,"id":1}'],
    ['params that are null', '{"jsonrpc":"2.0","method":"m","params":null,"id":1}'],
    ['params that are false', '{"jsonrpc":"2.0","method":"m","params":false,"id":1}'],
    ['a response', '{"jsonrpc":"2.0","result":19,"id":1}'],
    ['an error response', '{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":1}'],
  ])('(%s) is an invalid request', (_, text) => {
    expect(refusal(text)).toMatchObject({ code: -32600, message: 'Invalid Request', data: undefined });
  });
});

describe('a batch', () => {
  it('keeps the order of its members', () => {
    const text =
      '[{"jsonrpc":"2.0","method":"a","id":"1"},{"jsonrpc":"2.0","method":"b"},{"jsonrpc":"2.0","method":"c","id":null}]';

    expect(parseMessage(text)).toEqual({
      batch: true,
      requests: [
        { id: '1', method: 'a', params: undefined },
        { id: undefined, method: 'b', params: undefined },
        { id: null, method: 'c', params: undefined },
      ],
    });
  });

  it('may have one member', () => {
    expect(parseMessage('[{"jsonrpc":"2.0","method":"a","id":1}]')).toMatchObject({
      batch: true,
      requests: [{ id: 1 }],
    });
  });

  it('has an Invalid Request for each member that is none', () => {
    const message = parseMessage(
      '[1,null,[],[{"jsonrpc":"2.0","method":"m","id":1}],{"foo":"boo"},{"jsonrpc":"2.0","method":"m","id":5}]',
    );

    const { requests } = message as { requests: readonly unknown[] };
    expect(requests.slice(0, 5).every((member) => member instanceof RpcError && member.code === -32600)).toBe(true);
    expect(requests[5]).toMatchObject({ id: 5, method: 'm' });
    expect(requests).toHaveLength(6);
  });

  it('holds at most a thousand members', () => {
    const batch = (count: number): string => `[${Array.from({ length: count }, () => '1').join(',')}]`;

    expect((parseMessage(batch(1000)) as { requests: readonly unknown[] }).requests).toHaveLength(1000);
    expect(refusal(batch(1001))).toMatchObject({
      code: -32600,
      message: 'Invalid Request',
      data: expect.stringContaining('1000'),
    });
  });
});

describe('any text', () => {
  it('is a message, a parse error or an invalid request', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        let code = 0;
        try {
          parseMessage(text);
        } catch (error) {
          code = error instanceof RpcError ? error.code : NaN;
        }
        expect([0, -32700, -32600]).toContain(code);
      }),
    );
  });
});

describe('a response', () => {
  it.each<[string, string | number | null]>([
    ['a number', 7],
    ['a fraction', 0.5],
    ['a string', '7'],
    ['an empty string', ''],
    ['null', null],
  ])('echoes %s as its id with its type', (_, id) => {
    expect(JSON.parse(responseText(id, { result: 1 }))).toStrictEqual({ jsonrpc: '2.0', result: 1, id });
    expect(JSON.parse(responseText(id, { error: RpcError.parse() }))).toStrictEqual({
      jsonrpc: '2.0',
      error: { code: -32700, message: 'Parse error' },
      id,
    });
  });

  it('has a result of null where there is none', () => {
    expect(JSON.parse(responseText(1, { result: undefined }))).toStrictEqual({ jsonrpc: '2.0', result: null, id: 1 });
  });

  it('carries the data of its error', () => {
    expect(JSON.parse(responseText(1, { error: RpcError.methodNotFound('x') }))).toStrictEqual({
      jsonrpc: '2.0',
      error: { code: -32601, message: 'Method not found', data: { method: 'x' } },
      id: 1,
    });
  });

  it('answers with any id that a request may have', () => {
    const ids = fc.oneof(fc.string({ unit: 'binary' }), fc.maxSafeInteger(), fc.constant(null));
    fc.assert(
      fc.property(ids, (id) => {
        const message = parseMessage(JSON.stringify({ jsonrpc: '2.0', method: 'm', id }));
        const { request } = message as { request: { id: string | number | null } };
        expect(JSON.parse(responseText(request.id, { result: {} })).id).toBe(Object.is(id, -0) ? 0 : id);
      }),
    );
  });
});
