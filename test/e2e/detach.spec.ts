import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { claimOf, cut, Ledger } from './support/ledger.js';
import { isAlive, mark, markedGone, processRow, writtenBytes } from './support/proc.js';
import { Service } from './support/service.js';
import type { Params, Row } from './support/wire.js';

jest.setTimeout(60_000);

let service: Service;

beforeAll(async () => {
  service = await Service.start({
    REPLAY_BUFFER_BYTES: '1048576',
    PROCESS_CLEANUP_TIMEOUT: '1',
    MAX_PROCESSES_PER_SESSION: '4',
  });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

afterEach(disconnectAll);

/** Starts a command whose client then leaves. */
async function leftBehind(
  params: Params,
  leave: 'close' | 'vanish' = 'close',
): Promise<{ id: string; pid: number; session: string }> {
  const client = await Client.connect(service.url);
  const { id, pid } = await client.execute(params);
  if (leave === 'close') await client.close();
  else await cut(client);
  return { id, pid, session: client.greeting.session_id };
}

async function row(client: Client, id: string): Promise<Row | undefined> {
  const { executions } = (await client.request('list')) as { executions: Row[] };
  return executions.find(({ execution_id }) => execution_id === id);
}

async function finish(client: Client, ledger: Ledger): Promise<Ledger> {
  await client.event(ledger.id, ({ method }) => method === 'process.completed', 'process.completed');
  return ledger.enter(client);
}

describe('a detached execution', () => {
  it.each([
    [{ detach: true }, 'close'],
    [{ on_disconnect: 'keep' }, 'close'],
    [{ on_disconnect: 'keep' }, 'vanish'],
  ] as const)('%j goes on when its client has left (%s), and is found again', async (params, leave) => {
    const { id, session } = await leftBehind(
      { command: 'echo a; read -r x; echo "$x"', stdin: true, ...params },
      leave,
    );
    const client = await Client.connect(service.url);
    const listed = await eventually(
      () => row(client, id),
      (found) => found?.detached === true,
    );
    expect(listed).toMatchObject({ state: 'running', session_id: session, detached: true });
    expect(await client.request('status', { execution_id: id })).toMatchObject({ state: 'running', detached: true });
    await client.request('attach', { execution_id: id });
    await client.request('extend', { execution_id: id, timeout: 100 });
    await client.request('input', { execution_id: id, data: 'b\n', eof: true });
    const ledger = await finish(client, new Ledger(id));

    expect(ledger.stream('stdout').bytes).toBe(4);
    expect(ledger.completed).toMatchObject({ exit_code: 0, reason: 'exit' });
    expect(await row(client, id)).toBeUndefined();
    expect(await client.request('status', { execution_id: id })).toMatchObject({ state: 'completed', exit_code: 0 });
  });

  it('is not what control means without an id', async () => {
    const { id } = await leftBehind({ command: 'sleep 1000', detach: true });
    const client = await Client.connect(service.url);
    expect(await client.failure('control', { type: 'CANCEL' })).toMatchObject({ message: 'No process is running' });
    expect((await client.run({ command: 'echo own' })).stdout).toBe('own\n');

    expect(await client.request('control', { type: 'CANCEL', execution_id: id })).toEqual({ status: 'canceled' });
    await client.request('attach', { execution_id: id });
    expect((await finish(client, new Ledger(id))).completed).toMatchObject({ reason: 'canceled' });
  });

  it('is stopped where it was to pause, and goes on when it is resumed', async () => {
    const { id, pid } = await leftBehind({ command: 'while sleep 0.01; do :; done', on_disconnect: 'pause' });
    await eventually(
      () => processRow(pid)?.state,
      (state) => state === 'T',
    );
    const client = await Client.connect(service.url);
    // The launcher tells of it when all has stopped.
    const paused = await eventually(
      () => row(client, id),
      (found) => found?.state === 'paused',
    );
    expect(paused).toMatchObject({ detached: true });
    await client.request('control', { type: 'RESUME', execution_id: id });
    await eventually(
      () => processRow(pid)?.state,
      (state) => state !== 'T',
    );
    await client.request('control', { type: 'CANCEL', execution_id: id });
    await client.request('attach', { execution_id: id });
    const ledger = await finish(client, new Ledger(id));

    expect(ledger.events.map(({ method }) => method)).toEqual([
      'process.started',
      'process.paused',
      'process.resumed',
      'process.canceled',
      'process.completed',
    ]);
  });

  it('that is full blocks, until somebody reads it', async () => {
    const { id, pid } = await leftBehind({ argv: ['seq', '1', '500000'], output: { mode: 'lines' }, detach: true });
    let last = -1;
    await eventually(
      () => writtenBytes(pid),
      (bytes) => {
        const isSame = bytes === last && bytes > 0;
        last = bytes;
        return isSame;
      },
    );
    expect(isAlive(processRow(pid))).toBe(true);
    const client = await Client.connect(service.url);
    await client.request('attach', { execution_id: id });
    const ledger = await finish(client, new Ledger(id));

    expect(ledger.gaps).toEqual([]);
    expect(ledger.completed?.sha256.stdout).toBe(ledger.stream('stdout').sha256);
  });

  it('keeps what outlived it, as its client wished', async () => {
    const { id: cookie, env } = mark();
    const client = await Client.connect(service.url);
    const { execution } = await client.run({ command: 'sleep 1000 &', on_exit: 'keep', detach: true, env });
    await client.close();
    const other = await Client.connect(service.url);
    expect(await row(other, execution.id)).toMatchObject({ detached: true, survivors: [expect.any(Number)] });
    await other.request('control', { type: 'CANCEL', execution_id: execution.id });

    await markedGone(cookie);
  });

  it('does not come back with its session', async () => {
    const client = await Client.connect(service.url);
    const { id } = await client.execute({ command: 'sleep 1000', detach: true });
    await client.close();
    const other = await Client.connect(service.url);
    expect(await other.failure('resume', { ...claimOf(client), last_seq: { [id]: 1 } })).toMatchObject({
      data: { reason: 'expired' },
    });
    await other.request('control', { type: 'CANCEL', execution_id: id });
  });
});

describe('DETACHED_TTL', () => {
  it.each(['keep', 'pause'])('over, what was left behind (%s) ends', async (onDisconnect) => {
    const short = await Service.start({ DETACHED_TTL: '1', PROCESS_CLEANUP_TIMEOUT: '1' });
    try {
      const { id: cookie, env } = mark();
      const client = await Client.connect(short.url);
      const { id, pid } = await client.execute({ argv: ['yes'], env, on_disconnect: onDisconnect });
      await client.close();
      await markedGone(cookie);
      const other = await Client.connect(short.url);
      const status = await eventually(
        () => other.request('status', { execution_id: id }),
        (found) => (found as Row).state !== 'ending',
      );

      expect(status).toMatchObject({ pid, state: 'canceled', reason: 'disconnected', detached: true });
    } finally {
      await short.stop();
    }
  });
});

describe('a service that shuts down', () => {
  it('ends what is detached, also what is full, without delay', async () => {
    const ending = await Service.start({ PROCESS_CLEANUP_TIMEOUT: '20' });
    const { id: cookie, env } = mark();
    for (const argv of [['yes'], ['sleep', '1000']]) {
      const client = await Client.connect(ending.url);
      await client.execute({ argv, env, detach: true });
      await client.close();
    }
    const startedAt = performance.now();
    expect(await ending.stop()).toBe(0);

    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await markedGone(cookie);
  });
});
