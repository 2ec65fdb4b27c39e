import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { defer, EMPTY, from, type Observable, of } from 'rxjs';
import type { Call } from '../../../src/rpc/call.js';
import type { CallAttendant } from '../../../src/rpc/call-attendant.js';
import { Dispatcher } from '../../../src/rpc/dispatcher.js';
import { responseText } from '../../../src/rpc/message.js';
import type { Peer } from '../../../src/rpc/peer.js';
import { RpcError } from '../../../src/rpc/rpc-error.js';

type Handle = (call: Call) => unknown;

/** What a dispatcher sees of a connection. */
class RecordingPeer {
  /** What was done with it, in order. */
  readonly log: string[] = [];
  /** What was sent. */
  readonly sent: any[] = [];
  isAnswerable = true;
  #drained: (() => void)[] = [];
  #awaited: { readonly count: number; readonly wake: () => void } | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
    this.log.push(`send ${text}`);
    if (this.#awaited !== null && this.sent.length >= this.#awaited.count) this.#awaited.wake();
  }

  reply(id: string | number | null, outcome: { readonly result: unknown } | { readonly error: RpcError }): void {
    this.send(responseText(id, outcome));
  }

  whenDrained(callback: () => void): void {
    this.#drained.push(callback);
  }

  /** The client reads what it was sent. */
  drain(): void {
    this.isAnswerable = true;
    const waiting = this.#drained;
    this.#drained = [];
    for (const callback of waiting) callback();
  }

  pause(): void {
    this.log.push('pause');
  }

  resume(): void {
    this.log.push('resume');
  }

  /** Resolves when that many frames have been sent. */
  async hasSent(count: number): Promise<void> {
    if (this.sent.length >= count) return;
    await new Promise<void>((wake) => {
      this.#awaited = { count, wake };
    });
  }
}

let peer: RecordingPeer;

beforeEach(() => {
  peer = new RecordingPeer();
});

afterEach(() => {
  jest.restoreAllMocks();
});

function dispatcher(handlers: Record<string, Handle>, attendant?: CallAttendant): Dispatcher {
  const callbacks = Object.entries(handlers).map(([name, handle]) => {
    const callback = (call: Call): Promise<any> => Promise.resolve(handle(call));
    return [name, callback] as const;
  });
  return new Dispatcher(peer as unknown as Peer, new Map(callbacks), attendant);
}

function request(method: string, id?: unknown, params?: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params, id });
}

/** Lets everything that can happen without a new event happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A promise and what resolves it. */
function gate<T>(): { readonly passed: Promise<T>; readonly open: (value: T) => void } {
  let open: (value: T) => void = () => undefined;
  const passed = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

describe('a request', () => {
  it.each<[string, unknown]>([
    ['a value', of({ value: 1 })],
    ['a promise', Promise.resolve({ value: 1 })],
    ['the last of several values', from([{ value: 0 }, { value: 1 }])],
    ['a plain object', { value: 1 }],
  ])('is answered with %s', async (_, result) => {
    dispatcher({ m: () => result }).take(request('m', 1));
    await settle();

    expect(peer.sent).toStrictEqual([{ jsonrpc: '2.0', result: { value: 1 }, id: 1 }]);
  });

  it('is answered with null where its handler gives nothing', async () => {
    const { take } = bound(dispatcher({ none: () => undefined, empty: () => EMPTY }));
    take(request('none', 1));
    take(request('empty', 2));
    await settle();

    expect(peer.sent).toStrictEqual([
      { jsonrpc: '2.0', result: null, id: 1 },
      { jsonrpc: '2.0', result: null, id: 2 },
    ]);
  });

  it.each([0, -7, 1.5, '', 'x', '1', null])('with the id %j gets it back', async (id) => {
    dispatcher({ m: () => of({}) }).take(request('m', id));
    await settle();

    expect(peer.sent).toStrictEqual([{ jsonrpc: '2.0', result: {}, id }]);
  });

  it('hands its handler the params as they were sent', async () => {
    const seen: unknown[] = [];
    const handlers = { m: (call: Call) => void seen.push(call.params) };
    dispatcher(handlers).take(request('m', 1, { a: [1, { b: null }] }));
    await settle();

    expect(seen).toEqual([{ a: [1, { b: null }] }]);
  });

  it('is answered with the error its call was failed with', async () => {
    const fail = (call: Call): Observable<never> => {
      call.fail(new RpcError(-32003, 'No process is running', { pid: null }));
      return EMPTY;
    };
    dispatcher({ m: fail }).take(request('m', 'a'));
    await settle();

    expect(peer.sent).toStrictEqual([
      { jsonrpc: '2.0', error: { code: -32003, message: 'No process is running', data: { pid: null } }, id: 'a' },
    ]);
  });

  it('is answered with an error that came while it ran', async () => {
    const fail = (call: Call): Observable<unknown> =>
      defer(async () => {
        await settle();
        call.fail(RpcError.internal('c'));
      });
    dispatcher({ m: fail }).take(request('m', 1));
    await settle();
    await settle();

    expect(peer.sent).toMatchObject([{ error: { code: -32603, data: { correlation_id: 'c' } }, id: 1 }]);
  });

  it.each(['missing', '__proto__', 'constructor', 'toString', ''])(
    'of the unknown method %j is refused',
    async (method) => {
      dispatcher({ m: () => of(1) }).take(request(method, 1));
      await settle();

      expect(peer.sent).toStrictEqual([
        { jsonrpc: '2.0', error: { code: -32601, message: 'Method not found', data: { method } }, id: 1 },
      ]);
    },
  );

  it.each<[string, string, number]>([
    ['that is no JSON', '{', -32700],
    ['that is no request', '{"id":1}', -32600],
    ['that is an empty batch', '[]', -32600],
  ])('%s is refused with the id null, and the next is served', async (_, text, code) => {
    const { take } = bound(dispatcher({ m: () => of(1) }));
    take(text);
    take(request('m', 2));
    await settle();

    expect(peer.sent).toMatchObject([
      { error: { code }, id: null },
      { result: 1, id: 2 },
    ]);
  });
});

describe('a notification', () => {
  it.each<[string, string]>([
    ['a known method', request('m')],
    ['an unknown method', request('missing')],
    ['a method that fails', request('fails')],
    ['params nobody asked for', request('m', undefined, [1])],
  ])('of %s is never answered', async (_, text) => {
    const handlers: Record<string, Handle> = {
      m: () => of(1),
      fails: (call) => {
        call.fail(RpcError.invalidParams('x'));
      },
    };
    const { take } = bound(dispatcher(handlers));
    take(text);
    take(request('m', 1));
    await settle();

    expect(peer.sent).toStrictEqual([{ jsonrpc: '2.0', result: 1, id: 1 }]);
  });

  it('is carried out', async () => {
    const seen: unknown[] = [];
    dispatcher({ m: (call) => void seen.push(call.request.id, call.params) }).take(request('m', undefined, { a: 1 }));
    await settle();

    expect(seen).toEqual([undefined, { a: 1 }]);
  });
});

describe('the order', () => {
  it('of requests is that in which they came, also where one begins slowly', async () => {
    const begun: string[] = [];
    const slow = gate<number>();
    const { take } = bound(
      dispatcher({
        slow: async () => {
          begun.push('slow');
          return slow.passed;
        },
        fast: () => void begun.push('fast'),
      }),
    );
    take(request('slow', 1));
    take(request('fast', 2));
    await settle();
    expect(begun).toEqual(['slow']);

    slow.open(1);
    await settle();
    expect(begun).toEqual(['slow', 'fast']);
    expect(peer.sent.map(({ id }) => id as number)).toEqual([1, 2]);
  });

  it('lets a request pass one that has begun and goes on', async () => {
    const long = gate<string>();
    const { take } = bound(dispatcher({ long: () => from(long.passed), control: () => of('now') }));
    take(request('long', 1));
    take(request('control', 2));
    await settle();
    expect(peer.sent).toMatchObject([{ result: 'now', id: 2 }]);

    long.open('later');
    await settle();
    expect(peer.sent).toMatchObject([{ id: 2 }, { result: 'later', id: 1 }]);
  });

  it('puts what follows a reply behind it', async () => {
    const handlers = {
      m: (call: Call) => {
        call.afterReply(() => peer.log.push('first'));
        call.afterReply(() => peer.log.push('second'));
        return of('done');
      },
    };
    dispatcher(handlers).take(request('m', 1));
    await settle();

    expect(peer.log).toEqual(['send {"jsonrpc":"2.0","result":"done","id":1}', 'first', 'second']);
  });

  it('puts what follows a notification behind its end', async () => {
    const long = gate<number>();
    const handlers = {
      m: (call: Call) => {
        call.afterReply(() => peer.log.push('after'));
        return from(long.passed);
      },
    };
    dispatcher(handlers).take(request('m'));
    await settle();
    expect(peer.log).toEqual([]);

    long.open(1);
    await settle();
    expect(peer.log).toEqual(['after']);
  });

  it('keeps up over a thousand requests that came at once', async () => {
    const { take } = bound(dispatcher({ m: (call) => of(call.params) }));
    for (let id = 0; id < 1000; id++) take(request('m', id, [id]));
    await peer.hasSent(1000);

    expect(peer.sent.map(({ id }) => id as number)).toEqual(Array.from({ length: 1000 }, (_, id) => id));
    expect(peer.sent.every(({ id, result }) => result[0] === id)).toBe(true);
  });
});

describe('a batch', () => {
  function batch(...requests: string[]): string {
    return `[${requests.join(',')}]`;
  }

  it('is answered as one, without its notifications, and with what is no request', async () => {
    const { take } = bound(dispatcher({ sum: (call) => of((call.params as number[]).length), get: () => of('data') }));
    take(
      batch(
        request('sum', '1', [1, 2, 4]),
        request('notify_hello', undefined, [7]),
        request('sum', '2', [42, 23]),
        '{"foo":"boo"}',
        request('foo.get', '5', { name: 'myself' }),
        request('get', '9'),
      ),
    );
    await settle();

    expect(peer.sent).toStrictEqual([
      [
        { jsonrpc: '2.0', result: 3, id: '1' },
        { jsonrpc: '2.0', result: 2, id: '2' },
        { jsonrpc: '2.0', error: { code: -32600, message: 'Invalid Request' }, id: null },
        { jsonrpc: '2.0', error: { code: -32601, message: 'Method not found', data: { method: 'foo.get' } }, id: '5' },
        { jsonrpc: '2.0', result: 'data', id: '9' },
      ],
    ]);
  });

  it('of one request is answered with a list of one', async () => {
    dispatcher({ m: () => of(1) }).take(batch(request('m', 1)));
    await settle();

    expect(peer.sent).toStrictEqual([[{ jsonrpc: '2.0', result: 1, id: 1 }]]);
  });

  it('of notifications only is not answered', async () => {
    const { take } = bound(dispatcher({ m: () => of(1) }));
    take(batch(request('m'), request('missing'), request('m')));
    take(request('m', 1));
    await settle();

    expect(peer.sent).toStrictEqual([{ jsonrpc: '2.0', result: 1, id: 1 }]);
  });

  it.each<[string, number]>([
    ['[1]', 1],
    ['[1,2,3]', 3],
  ])('of %s is answered with an Invalid Request for each', async (text, count) => {
    dispatcher({}).take(text);
    await settle();

    expect(peer.sent).toStrictEqual([
      Array.from({ length: count }, () => ({
        jsonrpc: '2.0',
        error: { code: -32600, message: 'Invalid Request' },
        id: null,
      })),
    ]);
  });

  it('is answered when its last request is done, in the order of its requests', async () => {
    const long = gate<string>();
    const begun: unknown[] = [];
    const begin = (call: Call): void => void begun.push(call.request.id);
    const { take } = bound(
      dispatcher({
        long: (call) => {
          begin(call);
          return from(long.passed);
        },
        short: (call) => {
          begin(call);
          return of('short');
        },
      }),
    );
    take(batch(request('long', 1), request('short', 2)));
    take(request('short', 3));
    await settle();
    expect(begun).toEqual([1, 2, 3]);
    expect(peer.sent).toMatchObject([{ id: 3 }]);

    long.open('long');
    await settle();
    expect(peer.sent[1]).toMatchObject([
      { result: 'long', id: 1 },
      { result: 'short', id: 2 },
    ]);
  });

  it('puts what follows its replies behind them', async () => {
    const handlers = {
      m: (call: Call) => {
        call.afterReply(() => peer.log.push(`after ${String(call.request.id)}`));
        return of(0);
      },
    };
    dispatcher(handlers).take(batch(request('m', 1), request('m'), request('m', 2)));
    await settle();

    expect(peer.log.slice(1)).toEqual(['after 1', 'after undefined', 'after 2']);
    expect(peer.log[0]).toMatch(/^send \[/);
  });
});

describe('a flood', () => {
  it('is not read while many frames wait, and is again when few do', async () => {
    const first = gate<number>();
    const { take } = bound(dispatcher({ first: () => first.passed, m: () => of(1) }));
    take(request('first', 'first'));
    for (let id = 0; id < 64; id++) take(request('m', id));
    expect(peer.log).toEqual([]);
    take(request('m', 64));
    take(request('m', 65));
    expect(peer.log).toEqual(['pause']);

    first.open(0);
    await peer.hasSent(67);
    await settle();
    const steps = peer.log.map((entry) => entry.slice(0, 6));
    expect(steps.filter((step) => step === 'pause ' || step === 'pause').length).toBe(1);
    expect(steps.filter((step) => step === 'resume').length).toBe(1);
    const sentAtResume = steps.slice(0, steps.indexOf('resume')).filter((step) => step.startsWith('send')).length;
    expect(sentAtResume).toBeGreaterThan(67 - 17);
    expect(sentAtResume).toBeLessThan(67);
  });

  it('is held up again when it comes again', async () => {
    const gates = [gate<number>(), gate<number>()];
    const { take } = bound(
      dispatcher({ wait: (call) => gates[(call.params as number[])[0]!]!.passed, m: () => of(1) }),
    );
    for (const turn of [0, 1]) {
      take(request('wait', `w${turn}`, [turn]));
      for (let id = 0; id < 80; id++) take(request('m', id));
      gates[turn]!.open(0);
      await peer.hasSent((turn + 1) * 81);
      await settle();
    }

    expect(peer.log.filter((entry) => !entry.startsWith('send'))).toEqual(['pause', 'resume', 'pause', 'resume']);
  });

  it('of requests gives everyone else a turn every 10 ms', async () => {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const spin: Handle = () => {
      now += 4;
      return of(1);
    };
    const { take } = bound(dispatcher({ spin }));
    const turns: number[] = [];
    const other = (): void => {
      turns.push(peer.sent.length);
      if (peer.sent.length < 60) setImmediate(other);
    };
    setImmediate(other);
    for (let id = 0; id < 60; id++) take(request('spin', id));
    await peer.hasSent(60);

    const longest = Math.max(...turns.map((sent, index) => sent - (turns[index - 1] ?? 0)));
    expect(longest).toBeLessThanOrEqual(4);
  });

  it('within one batch gives everyone else a turn too', async () => {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    let begun = 0;
    const spin: Handle = () => {
      now += 4;
      begun++;
      return of(1);
    };
    const seen: number[] = [];
    const other = (): void => {
      seen.push(begun);
      if (begun < 60) setImmediate(other);
    };
    setImmediate(other);
    dispatcher({ spin }).take(`[${Array.from({ length: 60 }, (_, id) => request('spin', id)).join(',')}]`);
    await peer.hasSent(1);

    expect(Math.max(...seen.map((count, index) => count - (seen[index - 1] ?? 0)))).toBeLessThanOrEqual(4);
  });

  it('of broken frames is answered frame by frame', async () => {
    const { take } = bound(dispatcher({ m: () => of(1) }));
    for (let count = 0; count < 200; count++) take('{');
    take(request('m', 1));
    await peer.hasSent(201);

    expect(peer.sent.slice(0, 200).every(({ error, id }) => error.code === -32700 && id === null)).toBe(true);
    expect(peer.sent[200]).toMatchObject({ result: 1, id: 1 });
  });

  it('of slow requests has sixteen of them under way at once, and goes on with each answer', async () => {
    const answers = Array.from({ length: 60 }, () => gate<number>());
    const begun: number[] = [];
    const { take } = bound(
      dispatcher({
        m: (call) => {
          const [index = 0] = call.params as number[];
          begun.push(index);
          return from(answers[index]!.passed);
        },
      }),
    );
    answers.forEach((_, index) => {
      take(request('m', index, [index]));
    });
    for (let answered = 0; answered < 60; answered++) {
      await settle();
      expect(begun).toHaveLength(Math.min(60, answered + 16));
      // The one that began last is answered first.
      const open = begun.filter((index) => !peer.sent.some(({ id }) => id === index));
      answers[open.at(-1)!]!.open(0);
      await peer.hasSent(answered + 1);
    }

    expect(begun).toEqual(answers.map((_, index) => index));
    expect(new Set(peer.sent.map(({ id }) => id as number)).size).toBe(60);
  });

  it('of a client that does not read its answers waits until it does', async () => {
    const { take } = bound(dispatcher({ m: () => of(1) }));
    peer.isAnswerable = false;
    for (let id = 0; id < 100; id++) take(request('m', id));
    await settle();
    expect(peer.sent.length).toBeLessThanOrEqual(1);
    expect(peer.log).toContain('pause');

    peer.drain();
    await peer.hasSent(100);
    expect(peer.sent.map(({ id }) => id as number)).toEqual(Array.from({ length: 100 }, (_, id) => id));
  });
});

describe('an attendant', () => {
  const ERROR = new RpcError(-32005, 'Rate limit exceeded', { retry_after: 1 });
  const PARSE_ERROR = '{';
  let finished: [string, number | null][];

  beforeEach(() => {
    finished = [];
  });

  /** Lets the first so many requests through. */
  function admitting(count: number, handlers: Record<string, Handle>, isLate = false): Dispatcher {
    let left = count;
    return dispatcher(handlers, {
      turn: () => null,
      refusal: () => {
        const refusal = left-- > 0 ? null : ERROR;
        return isLate ? new Promise((resolve) => setImmediate(resolve, refusal)) : refusal;
      },
      finished: (_, call) => {
        finished.push([call.request.method, call.error?.code ?? null]);
      },
    });
  }

  it.each([false, true])('refuses a request before its handler sees it (late: %p)', async (isLate) => {
    const seen: unknown[] = [];
    const { take } = bound(admitting(1, { m: (call) => seen.push(call.request.id) }, isLate));
    take(request('m', 1));
    take(request('m', 2));
    take(request('unknown', 3));
    take(PARSE_ERROR);
    await peer.hasSent(4);

    expect(seen).toEqual([1]);
    expect(peer.sent.slice(1)).toEqual(
      [2, 3, null].map((id) => ({
        jsonrpc: '2.0',
        id,
        error: { code: -32005, message: 'Rate limit exceeded', data: { retry_after: 1 } },
      })),
    );
  });

  it('is asked for each request of a batch, and for what is none', async () => {
    const { take } = bound(admitting(2, { m: () => 'ok' }));
    take(`[${request('m', 1)}, 1, ${request('m', 2)}, 2]`);
    await peer.hasSent(1);

    expect((peer.sent[0] as any[]).map(({ error }) => error?.code ?? null)).toEqual([null, -32600, -32005, -32005]);
  });

  it('refuses a notification without an answer', async () => {
    const seen: unknown[] = [];
    const { take } = bound(admitting(0, { m: () => seen.push(1) }));
    take(request('m'));
    await settle();

    expect(seen).toEqual([]);
    expect(peer.sent).toEqual([]);
    expect(finished).toEqual([['m', -32005]]);
  });

  it('is told what came of each call before its answer leaves', async () => {
    const handlers = {
      good: () => of(1),
      bad: (call: Call) => {
        call.fail(new RpcError(-32003, 'x'));
      },
    };
    const { take } = bound(admitting(3, handlers));
    take(request('good', 1));
    take(request('bad', 2));
    take(request('good'));
    await peer.hasSent(2);
    await settle();

    expect(finished).toEqual([
      ['good', null],
      ['bad', -32003],
      ['good', null],
    ]);
  });

  it('that answers late keeps requests in their order', async () => {
    const seen: unknown[] = [];
    const { take } = bound(admitting(50, { m: (call) => void seen.push(call.request.id) }, true));
    for (let id = 0; id < 50; id++) take(request('m', id));
    await peer.hasSent(50);

    expect(seen).toEqual(Array.from({ length: 50 }, (_, id) => id));
  });
});

function bound(target: Dispatcher): { readonly take: (text: string) => void } {
  return {
    take: (text) => {
      target.take(text);
    },
  };
}
