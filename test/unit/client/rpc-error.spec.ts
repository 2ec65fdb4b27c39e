import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { RpcError } from '../../../src/client/rpc-error.js';
import { readFrame } from '../../../src/client/wire/frame.js';

const PAGE = readFileSync(new URL('../../../docs/client.md', import.meta.url), 'utf8');
const PROTOCOL = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
const LISTED = [...PAGE.matchAll(/^\| `([a-z-]+)` +\| (-32\d{3}) \|$/gm)].map(
  ([, kind = '', code = '']): [string, number] => [kind, Number(code)],
);

describe('an error of the service', () => {
  it.each(LISTED)('is of the kind %s with the code %i, as the page of the library says', (kind, code) => {
    expect(RpcError.of(code, 'No', null)).toMatchObject({ kind, code, message: 'No' });
  });

  it('has a kind of its own for each code of the protocol', () => {
    const codes = new Set([...PROTOCOL.matchAll(/^\| (-32\d{3}) /gm)].map(([, code]) => Number(code)));

    expect(codes.size).toBeGreaterThan(10);
    expect(LISTED.map(([, code]) => code)).toEqual(expect.arrayContaining([...codes]));
  });

  it('is passed on where its code is not known', () => {
    expect(RpcError.of(-31_000, 'New', { a: 1 })).toMatchObject({ kind: 'other', code: -31_000, rawData: { a: 1 } });
  });

  it.each<[number, unknown, unknown]>([
    [-32_005, { retry_after: 2, more: true }, { retry_after: 2 }],
    [-32_005, { retry_after: '2' }, null],
    [-32_005, null, null],
    [-32_008, { resource: 'stdin', limit: null, retryable: true }, { resource: 'stdin' }],
    [-32_008, { resource: 'stdin', limit: 'x', retryable: true }, null],
    [-32_003, {}, {}],
    [-32_602, 'Command cannot be empty', 'Command cannot be empty'],
    [-32_602, { errors: [{ field: 'cwd', message: 'no' }] }, { errors: [{ field: 'cwd' }] }],
    [-32_602, { errors: [{ field: 'cwd' }] }, null],
    [-32_602, { errors: 'cwd' }, null],
  ])('%i has data only where they are what the code has: %j', (code, raw, data) => {
    const error = RpcError.of(code, 'No', raw);

    if (typeof data === 'object' && data !== null) expect(error.data).toMatchObject(data);
    else expect(error.data).toBe(data);
    expect(error.rawData).toBe(raw);
  });
});

describe('a message of the service', () => {
  it.each([
    ['null'],
    ['[]'],
    ['"x"'],
    ['{"id":1'],
    ['{"id":"x","result":1}'],
    ['{"id":1,"error":{"code":"x","message":"y"}}'],
    ['{"method":1}'],
  ])('is refused where it is none: %s', (text) => {
    expect(() => readFrame(text)).toThrow(expect.objectContaining({ kind: 'protocol' }));
  });
});
