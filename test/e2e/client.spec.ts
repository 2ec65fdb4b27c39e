import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { WebSocket } from 'ws';
import type { ClientOptions } from '../../src/client/client-options.js';
import type { ConnectionChange } from '../../src/client/connection/connection-change.js';
import { ExecutorClient } from '../../src/client/executor-client.js';
import type { RemoteExecution } from '../../src/client/remote-execution.js';
import type { ExecutionEvent } from '../../src/client/wire/execution-event.js';
import { eventually } from './support/eventually.js';
import { Nemesis } from './support/nemesis/nemesis.js';
import { SeededRandom } from './support/nemesis/seeded-random.js';
import { mark, markedAppears, markedGone } from './support/proc.js';
import { Service } from './support/service.js';

jest.setTimeout(60_000);

const TOKEN = 'a-token-of-these-tests';

let service: Service;
const open = new Set<ExecutorClient>();

beforeAll(async () => {
  service = await Service.start({
    AUTH_TOKEN: TOKEN,
    MAX_PROCESSES_PER_SESSION: '4',
    SESSION_TIMEOUT: '2',
    PROCESS_CLEANUP_TIMEOUT: '1',
    RESUME_GRACE: '60',
  });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

afterEach(async () => {
  await Promise.all([...open].map((client) => client.close()));
  open.clear();
});

async function connect(options: ClientOptions = {}, url = service.url): Promise<ExecutorClient> {
  const client = await ExecutorClient.connect(url, { token: TOKEN, ...options });
  open.add(client);
  return client;
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

async function eventsOf(execution: RemoteExecution): Promise<ExecutionEvent[]> {
  const events: ExecutionEvent[] = [];
  for await (const event of execution) events.push(event);
  return events;
}

describe('an execution', () => {
  it('tells its events in order, its text by stream, and its exit', async () => {
    const client = await connect();
    const execution = await client.execute({ command: 'echo out; sleep 0.1; echo err >&2; exit 7', timeout: 20 });
    const [events, stdout, stderr] = await Promise.all([
      eventsOf(execution),
      textOf(execution.stdout),
      textOf(execution.stderr),
    ]);

    expect(execution).toMatchObject({ pid: expect.any(Number), timeout: 20 });
    expect(events.map(({ type }) => type)).toEqual(['started', 'output', 'output', 'completed']);
    expect({ stdout, stderr }).toEqual({ stdout: 'out\n', stderr: 'err\n' });
    await expect(execution.done).resolves.toMatchObject({
      ...{ status: 'failed', reason: 'exit', exit_code: 7, signal: null, seq_last: 4 },
      verified: { stdout: true, stderr: true },
    });
  });

  it('gives bytes as they are', async () => {
    const client = await connect();
    const execution = await client.execute({
      command: String.raw`printf '\377\000\200'; printf '\376' >&2`,
      output: { encoding: 'base64' },
    });
    const bytes = { stdout: [] as number[], stderr: [] as number[] };
    for await (const piece of execution.output()) bytes[piece.stream].push(...piece.bytes);

    expect(bytes).toEqual({ stdout: [255, 0, 128], stderr: [254] });
    await expect(execution.done).resolves.toMatchObject({ verified: { stdout: true, stderr: true } });
  });

  it('reads what it is given', async () => {
    const client = await connect();
    const execution = await client.execute({ command: 'cat', stdin: true });
    expect(await execution.input('ä\n')).toBe(3);
    expect(await execution.input(new Uint8Array([0x62, 0x0a]))).toBe(2);
    await execution.input('', { eof: true });

    expect(await textOf(execution.stdout)).toBe('ä\nb\n');
    await expect(execution.input('x')).rejects.toMatchObject({ kind: 'not-running' });
  });

  it('is paused, resumed, extended, looked at, and canceled', async () => {
    const client = await connect();
    const execution = await client.execute({ command: 'sleep 1000', labels: { of: 'mine' } });
    await execution.pause();
    expect(await execution.status()).toMatchObject({ state: 'paused', labels: { of: 'mine' } });
    await execution.resume();
    await execution.extend(500);
    expect(await client.list()).toMatchObject([{ execution_id: execution.id, state: 'running', timeout: 500 }]);
    await execution.cancel();

    await expect(execution.done).resolves.toMatchObject({ status: 'canceled', signal: 'SIGTERM' });
    expect((await eventsOf(execution)).map(({ type }) => type)).toEqual([
      ...['started', 'paused', 'resumed', 'timeout_extended', 'canceled', 'completed'],
    ]);
    await execution.cancel();
  });

  it('gets signals', async () => {
    const client = await connect();
    const execution = await client.execute({ command: 'trap "exit 9" USR1; echo ready; while :; do sleep 0.02; done' });
    for await (const text of execution.stdout) if (text.includes('ready')) await execution.signal('SIGUSR1');

    await expect(execution.done).resolves.toMatchObject({ exit_code: 9 });
  });

  it('is refused with the reason', async () => {
    const client = await connect();

    await expect(client.execute({ command: ' ' })).rejects.toMatchObject({
      kind: 'invalid-params',
      data: 'Command cannot be empty',
    });
    await expect(client.execute({ argv: ['/no/such/program'] })).rejects.toMatchObject({
      kind: 'invalid-params',
      data: { errors: [{ field: 'argv' }] },
    });
  });

  it('is the same one for the same key', async () => {
    const client = await connect();
    const request = { command: 'echo once; sleep 0.2', idempotency_key: `key-${String(process.pid)}` };
    const first = await client.execute(request);
    const second = await client.execute(request);

    expect(second.id).toBe(first.id);
    expect(second.start?.duplicate).toBe(true);
    expect(await textOf(second.stdout)).toBe('once\n');
    await expect(client.execute({ ...request, command: 'echo other' })).rejects.toMatchObject({
      kind: 'idempotency-conflict',
      data: { execution_id: first.id },
    });
  });
});

describe('a reader that stands still', () => {
  it.each<[string, ClientOptions]>([
    ['that can be paused', {}],
    ['that cannot be paused', { WebSocket }],
  ])(
    'makes the command wait, not the calls, and gets everything when it goes on: by a WebSocket %s',
    async (_, options) => {
      const client = await connect({ bufferBytes: 100_000, ...options });
      const execution = await client.execute({ command: 'seq 1 3000000' });
      const reader = execution.stdout[Symbol.asyncIterator]();
      let text = String((await reader.next()).value);
      // The pipe, the sockets and the buffers are full: the command blocks.
      const other = await connect();
      let before = -1;
      const bytes = await eventually(
        async () => (await other.status(execution.id)).bytes.stdout,
        (now) => {
          const isStill = now === before;
          before = now;
          return isStill;
        },
      );
      expect(bytes).toBeLessThan(20_000_000);
      await execution.pause();
      await execution.resume();

      for (let next = await reader.next(); next.done !== true; next = await reader.next()) text += next.value;
      expect(text.length).toBe(22_888_896);
      await expect(execution.done).resolves.toMatchObject({ verified: { stdout: true } });
    },
  );

  it('is not there: the command runs to its end where only that is asked for', async () => {
    const client = await connect({ bufferBytes: 10_000 });
    const execution = await client.execute({ command: 'seq 1 300000' });

    await expect(execution.done).resolves.toMatchObject({ exit_code: 0, verified: { stdout: true } });
    await expect(textOf(execution.stdout)).rejects.toMatchObject({ kind: 'output-dropped' });
    expect((await eventsOf(execution))[0]).toMatchObject({ type: 'gap', from: 1 });
  });
});

describe('an execution that was started before', () => {
  it('is followed from where it is wanted, also after its end', async () => {
    const first = await connect();
    const { id } = await first.execute({ command: 'seq 1 3; read -t 0.2 x <> <(:); exit 4', detach: true });
    await first.close();
    const second = await connect();
    const execution = await second.attach(id);
    expect(await textOf(execution.stdout)).toBe('1\n2\n3\n');
    const late = await second.attach(id, { afterSeq: 2 });

    expect((await eventsOf(late)).map(({ type }) => type)).toEqual(['completed']);
    await expect(late.done).resolves.toMatchObject({ exit_code: 4, verified: { stdout: false } });
  });

  it('is superseded where it is attached to again', async () => {
    const client = await connect();
    const execution = await client.execute({ command: 'sleep 1000' });
    const again = await client.attach(execution.id);

    await expect(execution.done).rejects.toMatchObject({ kind: 'superseded' });
    await again.cancel();
    await expect(again.done).resolves.toMatchObject({ status: 'canceled' });
  });

  it('is not found where there is none', async () => {
    const client = await connect();

    await expect(client.attach('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({ kind: 'not-running' });
  });
});

describe('a connection', () => {
  it('is made again, and what ran goes on; it is told', async () => {
    const changes: ConnectionChange[] = [];
    const nemesis = await Nemesis.start([service.url], new SeededRandom(1), 0);
    const client = await connect({ onConnection: (change) => changes.push(change) }, nemesis.url);
    const execution = await client.execute({ command: 'for i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done' });
    let text = '';
    for await (const piece of execution.stdout) {
      text += piece;
      if (text === '1\n' || text.endsWith('3\n')) nemesis.resetAll();
    }
    await client.close();
    await nemesis.stop();

    expect(text).toBe('1\n2\n3\n4\n5\n6\n');
    expect(changes.filter(({ state }) => state !== 'waiting')).toMatchObject([
      { state: 'lost', code: 1006 },
      { state: 'restored', resumed: true },
      { state: 'lost', code: 1006 },
      { state: 'restored', resumed: true },
    ]);
  });

  it('says so where a service that was started anew knows nothing', async () => {
    const environment = { AUTH_TOKEN: TOKEN };
    const other = await Service.start(environment);
    const { port } = new URL(other.url);
    const client = await connect({ reconnect: { initialDelayMs: 20, maxDelayMs: 100 } }, other.url);
    const execution = await client.execute({ command: 'sleep 1000' });
    await other.end('SIGKILL');
    other.remove();
    const next = await Service.start({ ...environment, PORT: port });

    await expect(execution.done).rejects.toMatchObject({ kind: 'execution-lost' });
    expect(await client.ping()).toBeGreaterThan(0);
    await client.close();
    expect(await next.stop()).toBe(0);
  });

  it.each([
    ['a wrong token', { token: 'another-token-than-that' }, { kind: 'refused', status: 401 }],
    ['no token', { token: undefined }, { kind: 'refused', status: 401 }],
  ])('is refused to %s', async (_, { token }, fault) => {
    const options = token === undefined ? {} : { token };
    await expect(ExecutorClient.connect(service.url, options)).rejects.toMatchObject({ fault });
  });

  it('does not come about where nobody is', async () => {
    await expect(connect({}, 'ws://127.0.0.1:9/')).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('takes the next address where one does not answer', async () => {
    const client = await ExecutorClient.connect(['ws://127.0.0.1:9/', service.url], { token: TOKEN });
    open.add(client);

    expect(client.sessionId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is made anew where the service has ended an idle session', async () => {
    const client = await connect();
    const { sessionId } = client;
    const health = async (): Promise<number> =>
      ((await (await fetch(service.http('/health'))).json()) as { active_sessions: number }).active_sessions;
    await eventually(health, (count) => count === 0);
    expect(await client.list()).toEqual([]);

    expect(client.sessionId).not.toBe(sessionId);
  });

  it('ends what runs when the client closes', async () => {
    const client = await connect();
    const { id, env } = mark();
    const execution = await client.execute({ command: 'sleep 1000; true', env });
    await markedAppears(id);
    await client.close();

    await markedGone(id);
    await expect(execution.done).rejects.toMatchObject({ kind: 'closed' });
  });
});
