import { describe, expect, it } from '@jest/globals';
import { Call } from '../../../src/rpc/call.js';
import { RpcError } from '../../../src/rpc/rpc-error.js';

describe('a call', () => {
  it('has the params of its request and no error', () => {
    const call = new Call({ id: 1, method: 'm', params: { a: 1 } });

    expect(call.params).toEqual({ a: 1 });
    expect(call.error).toBeNull();
  });

  it('keeps the error it was failed with last', () => {
    const call = new Call({ id: 1, method: 'm', params: undefined });
    call.fail(RpcError.parse());
    call.fail(RpcError.invalidRequest());

    expect(call.error?.code).toBe(-32600);
  });

  it('does what follows its reply once, in the order in which it was asked', () => {
    const call = new Call({ id: 1, method: 'm', params: undefined });
    const done: number[] = [];
    call.afterReply(() => done.push(1));
    call.afterReply(() => done.push(2));
    expect(done).toEqual([]);

    call.replied();
    call.replied();
    expect(done).toEqual([1, 2]);
  });
});
