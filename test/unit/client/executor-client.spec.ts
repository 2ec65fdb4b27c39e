import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ExecutorClient } from '../../../src/client/executor-client.js';
import type { ClientOptions, ConnectionChange } from '../../../src/client/index.js';
import type { RemoteExecution } from '../../../src/client/remote-execution.js';
import { EXECUTION_ID, START, account } from './support/account.js';
import { type ScriptedConnection, ScriptedService } from './support/scripted-service.js';

const URL = 'ws://service';
const NOT_RUNNING = -32_003;
const RESUME_REJECTED = -32_006;

let service: ScriptedService;
let changes: ConnectionChange[];

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
  service = new ScriptedService();
  changes = [];
});

afterEach(() => {
  jest.useRealTimers();
});

async function connect(options: ClientOptions = {}): Promise<ExecutorClient> {
  const onConnection = (change: ConnectionChange): void => {
    changes.push(change);
  };
  return ExecutorClient.connect(URL, { WebSocket: service.WebSocket, onConnection, ...options });
}

/** The connection of that number, as time goes by. */
async function connection(number: number): Promise<ScriptedConnection> {
  while (service.connections.length < number) await jest.advanceTimersByTimeAsync(20);
  return service.connection(number);
}

/** A client with an execution that has come to its first piece of three, on its first connection. */
async function running(options: ClientOptions = {}): Promise<{
  client: ExecutorClient;
  execution: RemoteExecution;
  first: ScriptedConnection;
}> {
  const client = await connect(options);
  const first = await service.connection(1);
  const executing = client.execute({ command: 'x' });
  await first.answer('execute', START);
  give(first, 0, 2);
  return { client, execution: await executing, first };
}

function give(to: ScriptedConnection, from: number, until: number): void {
  for (const { method, params } of account(['a', 'b', 'c']).slice(from, until)) to.notify(method, params);
}

async function text(of: RemoteExecution): Promise<string> {
  let whole = '';
  for await (const piece of of.stdout) whole += piece;
  return whole;
}

const RESUMED = { resumed: true, session_id: 'session-1', resume_token: 'token-x', executions: [] };
const KNOWN = { ...RESUMED, executions: [{ execution_id: EXECUTION_ID, state: 'running', gap: null }] };

describe('a client whose connection is lost', () => {
  it('resumes its session with what it has, and goes on', async () => {
    const { execution, first } = await running();
    first.end(1006);
    const second = await connection(2);
    const { params } = await second.answer('resume', KNOWN);
    give(second, 1, 5);

    expect(params).toEqual({ session_id: 'session-1', resume_token: 'token-1', last_seq: { [EXECUTION_ID]: 2 } });
    expect(await text(execution)).toBe('abc');
    expect(changes).toMatchObject([
      { state: 'lost', code: 1006 },
      { state: 'restored', resumed: true },
    ]);
  });

  it('shows the token that it was given last, and the one before where the answer was lost', async () => {
    const { first } = await running();
    first.end(1006);
    const second = await connection(2);
    await second.answer('resume', { ...KNOWN, resume_token: 'token-a' });
    second.end(1006);
    const third = await connection(3);
    expect((await third.request('resume')).params['resume_token']).toBe('token-a');
    third.end(1006);
    const fourth = await connection(4);
    expect((await fourth.answer('resume', { ...KNOWN, resume_token: 'token-b' })).params['resume_token']).toBe(
      'token-a',
    );
  });

  it('takes the gap that the resumption names before what follows it', async () => {
    const { execution, first } = await running();
    first.end(1006);
    const second = await connection(2);
    const gap = { from: 3, to: 3 };
    await second.answer('resume', { ...RESUMED, executions: [{ ...KNOWN.executions[0], gap }] });
    give(second, 3, 5);

    await expect(execution.done).resolves.toMatchObject({ exit_code: 0, verified: { stdout: false } });
  });

  it.each([
    ['does not have', []],
    ['does not know', [{ execution_id: EXECUTION_ID, state: 'unknown', first_seq: null, next_seq: null, gap: null }]],
  ])('finds an execution again that its session %s', async (_, executions) => {
    const { execution, first } = await running();
    first.end(1006);
    const second = await connection(2);
    await second.answer('resume', { ...RESUMED, executions });
    expect((await second.answer('attach', {})).params).toEqual({ execution_id: EXECUTION_ID, after_seq: 2 });
    give(second, 2, 5);

    expect(await text(execution)).toBe('abc');
  });

  it('looks for its executions in a new session where its own is gone', async () => {
    const { client, execution, first } = await running();
    first.end(1006);
    const second = await connection(2);
    await second.refuse('resume', RESUME_REJECTED, { reason: 'expired' });
    await second.answer('attach', {});
    give(second, 2, 5);

    expect(await text(execution)).toBe('abc');
    expect(client.sessionId).toBe('session-2');
    expect(changes.at(-1)).toMatchObject({ state: 'restored', resumed: false });
  });

  it('says so where an execution cannot be found any more', async () => {
    const { execution, first } = await running();
    first.end(1006);
    const second = await connection(2);
    await second.refuse('resume', RESUME_REJECTED, { reason: 'unknown' });
    await second.refuse('attach', NOT_RUNNING, { pid: null, pgid: null, execution_id: EXECUTION_ID });

    await expect(execution.done).rejects.toMatchObject({ kind: 'execution-lost' });
    await expect(text(execution)).rejects.toMatchObject({ kind: 'execution-lost' });
  });

  it('ends where another connection has taken the session', async () => {
    const { client, execution, first } = await running();
    first.end(4001);

    await expect(execution.done).rejects.toMatchObject({ kind: 'superseded' });
    await expect(client.ping()).rejects.toMatchObject({ kind: 'superseded' });
  });

  it('ends where it is not to connect again', async () => {
    const { execution, first } = await running({ reconnect: false });
    first.end(1006);

    await expect(execution.done).rejects.toMatchObject({ fault: { kind: 'connection-lost', code: 1006 } });
  });

  it('tries again and again, waits longer and longer, and gives up', async () => {
    const { execution, first } = await running({
      reconnect: { initialDelayMs: 100, maxDelayMs: 1000, giveUpAfterMs: 60_000 },
    });
    service.accepts = false;
    first.end(1006);
    await jest.advanceTimersByTimeAsync(70_000);

    await expect(execution.done).rejects.toMatchObject({ kind: 'unreachable' });
    const delays = changes.flatMap((change) => (change.state === 'waiting' ? [change.delayMs] : []));
    expect(Math.max(...delays)).toBeLessThanOrEqual(1000);
    expect(delays[0]).toBeLessThanOrEqual(200);
    expect(delays.length).toBeGreaterThan(50);
    // A timer leaves out what is less than a millisecond.
    expect(delays.reduce((sum, each) => sum + Math.floor(each), 0)).toBeLessThanOrEqual(60_000);
  });

  it('connects to a new session when it is asked for something after the service has ended an idle one', async () => {
    const client = await connect();
    (await service.connection(1)).end(1000);
    await jest.advanceTimersByTimeAsync(100_000);
    expect(service.connections).toHaveLength(1);
    const asking = client.ping();
    const second = await connection(2);
    await second.refuse('resume', RESUME_REJECTED, { reason: 'unknown' });
    await second.answer('ping', { pong: true });

    await expect(asking).resolves.toBeGreaterThanOrEqual(0);
  });
});

describe('a call whose answer is lost', () => {
  it('starts nothing twice: execute is made again with its key, in the same session', async () => {
    const client = await connect();
    const executing = client.execute({ command: 'x' });
    const first = await service.connection(1);
    const { params } = await first.request('execute');
    first.end(1006);
    const second = await connection(2);
    await second.answer('resume', KNOWN);
    // The session has it already, and sends its events on; the client does not know whose they are.
    give(second, 0, 3);
    const again = await second.answer('execute', { ...START, duplicate: true });
    expect((await second.answer('attach', {})).params).toEqual({ execution_id: EXECUTION_ID, after_seq: 0 });
    give(second, 0, 5);

    expect(again.params).toEqual(params);
    expect(params['idempotency_key']).toMatch(/^[0-9a-f]{32}$/);
    const execution = await executing;
    expect(execution.start?.duplicate).toBe(true);
    expect(await text(execution)).toBe('abc');
  });

  it('is unknown for execute where the session is gone too', async () => {
    const client = await connect();
    const executing = client.execute({ command: 'x', idempotency_key: 'mine' });
    const first = await service.connection(1);
    await first.request('execute');
    first.end(1006);
    const second = await connection(2);
    await second.refuse('resume', RESUME_REJECTED, { reason: 'unknown' });

    await expect(executing).rejects.toMatchObject({ fault: { kind: 'outcome-unknown', idempotencyKey: 'mine' } });
    expect(second.requests).toHaveLength(1);
  });

  it('has no key, and is unknown, with a service that cannot resume', async () => {
    service.capabilities = ['execute'];
    const client = await connect();
    const executing = client.execute({ command: 'x' });
    const first = await service.connection(1);
    expect((await first.request('execute')).params).not.toHaveProperty('idempotency_key');
    first.end(1006);

    await expect(executing).rejects.toMatchObject({ kind: 'outcome-unknown' });
  });

  it.each<[string, (execution: RemoteExecution) => Promise<unknown>, string]>([
    ['input', (execution) => execution.input('x'), 'input'],
    ['a signal', (execution) => execution.signal('SIGUSR1'), 'control'],
  ])('is not made again where it would count twice: %s', async (_, ask, method) => {
    const { execution, first } = await running();
    const asking = ask(execution);
    await first.request(method);
    first.end(1006);

    await expect(asking).rejects.toMatchObject({ fault: { kind: 'outcome-unknown', method } });
  });

  it.each<[string, (execution: RemoteExecution) => Promise<unknown>, string, object]>([
    ['pause', (execution) => execution.pause(), 'control', { status: 'paused' }],
    ['cancel', (execution) => execution.cancel(), 'control', { status: 'canceled' }],
    ['extend', (execution) => execution.extend(9), 'extend', { timeout: 9 }],
  ])('is made again where that does no harm: %s', async (_, ask, method, result) => {
    const { execution, first } = await running();
    const asking = ask(execution);
    await first.request(method);
    first.end(1006);
    const second = await connection(2);
    await second.answer('resume', KNOWN);
    await second.answer(method, result);

    await asking;
  });

  it('is made as soon as there is a connection, in the order in which it was asked for', async () => {
    const { client, execution, first } = await running();
    first.end(1006);
    const asking = [execution.input('a'), execution.input('b'), client.ping()];
    const second = await connection(2);
    await second.answer('resume', KNOWN);

    expect((await second.answer('input', { accepted_bytes: 1 })).params['data']).toBe('a');
    expect((await second.answer('input', { accepted_bytes: 1 })).params['data']).toBe('b');
    await second.answer('ping', {});
    await Promise.all(asking);
  });
});

describe('a connection on which nothing comes', () => {
  it('is probed after two heartbeats, and given up where nothing comes then', async () => {
    const { first } = await running();
    await jest.advanceTimersByTimeAsync(59_000);
    expect(first.requests).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(4000);
    expect((await first.request('ping')).params).toEqual({});
    await jest.advanceTimersByTimeAsync(15_000);

    await (await connection(2)).request('resume');
    expect(first.readyState).toBe(3);
  });

  it('is kept where anything comes', async () => {
    const { first } = await running();
    await jest.advanceTimersByTimeAsync(63_000);
    for (let i = 0; i < 10; i++) {
      first.notify('ping', { timestamp: i });
      await jest.advanceTimersByTimeAsync(9000);
    }

    expect(service.connections).toHaveLength(1);
  });

  it('is probed soon where an answer is awaited', async () => {
    const { execution, first } = await running();
    const canceling = execution.cancel();
    await first.request('control');
    await jest.advanceTimersByTimeAsync(13_000);
    await first.request('ping');
    await jest.advanceTimersByTimeAsync(13_000);
    const second = await connection(2);
    await second.answer('resume', KNOWN);
    await second.answer('control', { status: 'canceled' });

    await canceling;
  });
});

describe('a client that cannot stop the flood', () => {
  const small = { bufferBytes: 600 };

  it('gives its connection up until there is room, and asks for what it has not kept', async () => {
    const { execution, first } = await running(small);
    give(first, 2, 3);
    expect(first.closedWith).toBe(4000);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(service.connections).toHaveLength(1);
    const reading = text(execution);
    const second = await connection(2);
    expect((await second.answer('resume', KNOWN)).params['last_seq']).toEqual({ [EXECUTION_ID]: 3 });
    give(second, 3, 5);

    expect(await reading).toBe('abc');
    expect(changes).toEqual([]);
  });

  it('comes back now and then all the same, so that its session is kept', async () => {
    const { first } = await running(small);
    give(first, 2, 3);
    await jest.advanceTimersByTimeAsync(16_000);
    const second = await service.connection(2);
    await second.answer('resume', KNOWN);
    await jest.advanceTimersByTimeAsync(0);

    expect(second.closedWith).toBe(4000);
  });

  it('comes back for a call', async () => {
    const { execution, first } = await running(small);
    give(first, 2, 3);
    const canceling = execution.cancel();
    const second = await connection(2);
    await second.answer('resume', KNOWN);
    await second.answer('control', { status: 'canceled' });

    await canceling;
  });
});

describe('a client', () => {
  it('presents its token as a subprotocol where it has no headers', async () => {
    await connect({ token: 'secret' });

    expect(await service.connection(1)).toMatchObject({ url: URL, protocols: ['cc-executor.v1', 'bearer.secret'] });
  });

  it('refuses what the service would not take', async () => {
    const client = await connect();

    await expect(client.execute({ command: 'x'.repeat(1000) })).rejects.toMatchObject({
      fault: { kind: 'too-large', limitBytes: 1000 },
    });
  });

  it('tells a refusal as it is', async () => {
    const client = await connect();
    const explaining = client.explain({ command: 'rm' });
    await (await service.connection(1)).refuse('explain', -32_002, { command: 'rm', rule: 'not_on_allow_list' });

    await expect(explaining).rejects.toMatchObject({ kind: 'not-allowed', code: -32_002, data: { command: 'rm' } });
  });

  it('says so where there is no place for its session', async () => {
    service.greets = false;
    const connecting = connect();
    const first = await service.connection(1);
    await Promise.resolve();
    first.receive({
      jsonrpc: '2.0',
      id: null,
      error: { code: -32_001, message: 'Session limit exceeded', data: { current_sessions: 1, max_sessions: 1 } },
    });
    first.end(1008);

    await expect(connecting).rejects.toMatchObject({ kind: 'session-limit', data: { max_sessions: 1 } });
  });

  it('does not wait for a greeting for ever', async () => {
    service.greets = false;
    const connecting = connect();
    const refused = expect(connecting).rejects.toMatchObject({ kind: 'unreachable' });
    await jest.advanceTimersByTimeAsync(10_000);

    await refused;
  });

  it('leaves a service that does not keep to the protocol', async () => {
    service.greets = false;
    const connecting = connect();
    const first = await service.connection(1);
    await Promise.resolve();
    first.receive('{');

    await expect(connecting).rejects.toMatchObject({ kind: 'protocol' });
  });

  it('closes with a goodbye, and whoever waits is told', async () => {
    const { client, execution, first } = await running();
    const asking = execution.pause();
    await client.close();

    expect(first.closedWith).toBe(1000);
    await expect(asking).rejects.toMatchObject({ kind: 'closed' });
    await expect(execution.done).rejects.toMatchObject({ kind: 'closed' });
    await expect(client.list()).rejects.toMatchObject({ kind: 'closed' });
  });

  it('closes when its signal is aborted, also while it tries to connect again', async () => {
    const stop = new AbortController();
    const { execution, first } = await running({ signal: stop.signal });
    service.accepts = false;
    first.end(1006);
    await jest.advanceTimersByTimeAsync(1000);
    stop.abort(new Error('enough'));
    const attempts = service.connections.length;
    await jest.advanceTimersByTimeAsync(60_000);

    await expect(execution.done).rejects.toThrow('enough');
    expect(service.connections).toHaveLength(attempts);
  });

  it('cancels an execution whose signal is aborted', async () => {
    const client = await connect();
    const stop = new AbortController();
    const executing = client.execute({ command: 'x' }, { signal: stop.signal });
    const first = await service.connection(1);
    await first.answer('execute', START);
    await executing;
    stop.abort();

    expect((await first.answer('control', { status: 'canceled' })).params).toMatchObject({ type: 'CANCEL' });
  });

  it.each([{ bufferBytes: 0 }, { connectTimeoutMs: NaN }, { reconnect: { maxDelayMs: 2 ** 31 } }])(
    'refuses the option %j',
    async (options) => {
      await expect(connect(options)).rejects.toThrow(RangeError);
    },
  );
});
