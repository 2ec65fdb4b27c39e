import { describe, expect, it } from '@jest/globals';
import { presentedTokens } from '../../../../../src/policy/access/token/presented-tokens.js';
import { type Header, request } from '../support.js';

describe('the tokens of a request', () => {
  it.each<[Header[], string[]]>([
    [[], []],
    [[['Authorization', 'Bearer t']], ['t']],
    [[['authorization', 'BEARER   t']], ['t']],
    [[['Authorization', 'Bearer a b']], ['a b']],
    [[['Authorization', 'Bearer']], []],
    [[['Authorization', 'Bearert']], []],
    [[['Authorization', 'Basic t']], []],
    [[['Authorization', 'x Bearer t']], []],
    [[['Sec-WebSocket-Protocol', 'cc-executor.v1, bearer.t']], ['t']],
    [
      [
        ['Sec-WebSocket-Protocol', 'cc-executor.v1'],
        ['sec-websocket-protocol', 'bearer.t.u'],
      ],
      ['t.u'],
    ],
    [[['Sec-WebSocket-Protocol', 'cc-executor.v1, Bearer.t, t, xbearer.t, bearer.']], []],
    [
      [
        ['Authorization', 'Bearer a'],
        ['Authorization', 'Bearer b'],
      ],
      ['a', 'b'],
    ],
    [
      [
        ['Authorization', 'Bearer a'],
        ['Sec-WebSocket-Protocol', 'bearer.a,bearer.b'],
      ],
      ['a', 'a', 'b'],
    ],
    [
      [
        ['Cookie', 'bearer t'],
        ['Proxy-Authorization', 'Bearer t'],
      ],
      [],
    ],
  ])('with %j are %j', (headers, tokens) => {
    expect(presentedTokens(request(headers))).toEqual(tokens);
  });
});
