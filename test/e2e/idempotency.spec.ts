import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { claimOf, cut, Ledger, resume } from './support/ledger.js';
import { mark, marked, markedAppears } from './support/proc.js';
import { Service } from './support/service.js';
import type { Started } from './support/wire.js';

jest.setTimeout(60_000);

let service: Service;

beforeAll(async () => {
  service = await Service.start({ MAX_PROCESSES_PER_SESSION: '3', RESUME_GRACE: '30', PROCESS_CLEANUP_TIMEOUT: '1' });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

afterEach(disconnectAll);

describe('the same request with the same key', () => {
  it('starts one execution, also sent at once, by whoever sends it', async () => {
    const [one, other] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const { id, env } = mark();
    const params = { argv: ['sleep', '1000'], env, idempotency_key: randomUUID() };
    const clients = [one, one, other, other];
    const answers = (await Promise.all(clients.map((client) => client.request('execute', params)))) as (Started & {
      duplicate?: boolean;
    })[];
    const [first] = answers.filter(({ duplicate }) => duplicate === undefined);

    expect(answers.filter(({ duplicate }) => duplicate === true)).toHaveLength(3);
    for (const { duplicate: _, ...answer } of answers) expect(answer).toEqual(first);
    await markedAppears(id);
    expect(marked(id)).toHaveLength(1);
    expect(await other.request('control', { type: 'CANCEL', execution_id: first!.execution_id })).toEqual({
      status: 'canceled',
    });
  });

  it('is known after the end too, by its fields in any order', async () => {
    const client = await Client.connect(service.url);
    const key = randomUUID();
    const { execution } = await client.run({ command: 'echo $A', env: { A: 'x', B: 'y' }, idempotency_key: key });
    const again = await client.request('execute', {
      idempotency_key: key,
      env: { B: 'y', A: 'x' },
      command: 'echo $A',
      cwd: null,
    });

    expect(again).toEqual({ ...execution.started, duplicate: true });
    await client.request('ping');
    expect(execution.events).toHaveLength(3);
  });

  it('takes no place of the session', async () => {
    const client = await Client.connect(service.url);
    const params = { command: 'sleep 1000', idempotency_key: randomUUID() };
    const execution = await client.execute(params);
    await client.execute({ command: 'sleep 1000' });
    await client.execute({ command: 'sleep 1000' });

    expect(await client.request('execute', params)).toMatchObject({ execution_id: execution.id, duplicate: true });
  });
});

describe('a client that has lost the answer', () => {
  it('gets it by asking again, after it came back', async () => {
    const first = await Client.connect(service.url);
    const params = { command: 'echo once; sleep 0.2', idempotency_key: randomUUID() };
    first.sendJson({ jsonrpc: '2.0', id: 1, method: 'execute', params });
    await first.request('ping');
    await cut(first);
    const { client } = await resume(service.url, claimOf(first), []);
    const { execution_id: id, ...rest } = (await client.request('execute', params)) as Started;
    expect(rest).toMatchObject({ status: 'started', duplicate: true });
    await client.event(id, ({ method }) => method === 'process.completed', 'the end');
    const ledger = new Ledger(id).enter(client);

    expect(ledger.lastSeq).toBe(3);
    expect(ledger.completed).toMatchObject({ exit_code: 0 });
  });

  it('gets it on another session, and attaches', async () => {
    const first = await Client.connect(service.url);
    const params = { command: 'echo once', idempotency_key: randomUUID(), detach: true };
    const { execution } = await first.run(params);
    await first.close();
    const client = await Client.connect(service.url);
    expect(await client.request('execute', params)).toMatchObject({ execution_id: execution.id, duplicate: true });
    await client.request('attach', { execution_id: execution.id });
    await client.event(execution.id, ({ method }) => method === 'process.completed', 'the end');

    expect(new Ledger(execution.id).enter(client).lastSeq).toBe(3);
  });
});

describe('the same key', () => {
  it.each([{ command: 'sleep 999' }, { command: 'sleep 1000', cwd: '/' }, { argv: ['sleep', '1000'] }])(
    'with another request is refused: %j',
    async (other) => {
      const client = await Client.connect(service.url);
      const key = randomUUID();
      const execution = await client.execute({ command: 'sleep 1000', idempotency_key: key });

      expect(await client.failure('execute', { ...other, idempotency_key: key })).toEqual({
        code: -32009,
        message: 'Idempotency conflict',
        data: { execution_id: execution.id },
      });
    },
  );

  it('is not taken by a start that failed', async () => {
    const client = await Client.connect(service.url);
    const key = randomUUID();
    expect(await client.failure('execute', { argv: ['no-such-program'], idempotency_key: key })).toMatchObject({
      code: -32602,
    });

    expect((await client.run({ command: 'echo hi', idempotency_key: key })).stdout).toBe('hi\n');
  });
});
