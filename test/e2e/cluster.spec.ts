import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { describeRedis } from '../support/describe-redis.js';
import { RedisServer } from '../support/redis-server.js';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { cut, type Resumed } from './support/ledger.js';
import { LiveLedger } from './support/live-ledger.js';
import { isAlive, processRow } from './support/proc.js';
import { Service } from './support/service.js';
import type { Connected } from './support/wire.js';

const LEASE_SECONDS = 1;
/** What every call that takes another service is answered with while there is none to ask. */
const UNAVAILABLE = { code: -32008, data: { resource: 'cluster', limit: null, retryable: true } };

let server: RedisServer;
let one: Service;
let other: Service;

function environment(url: string): Readonly<Record<string, string>> {
  return {
    CLUSTER: 'on',
    REDIS_URL: url,
    CLUSTER_LEASE: String(LEASE_SECONDS),
    CLUSTER_SECRET: 'a-secret-of-the-cluster',
    MAX_PROCESSES_PER_SESSION: '3',
    RESUME_GRACE: '20',
    PROCESS_CLEANUP_TIMEOUT: '1',
  };
}

async function start(): Promise<Service> {
  const service = await Service.start(environment(server.url));
  await service.prints(/Redis at .* answers/);
  return service;
}

async function resume(
  url: string,
  { session_id, resume_token }: Pick<Connected, 'session_id' | 'resume_token'>,
  ledgers: readonly LiveLedger[],
): Promise<{ readonly client: Client; readonly resumed: Resumed }> {
  const client = await Client.connect(url);
  for (const ledger of ledgers) ledger.follow(client);
  const last_seq = Object.fromEntries(ledgers.map(({ executionId, lastSeq }) => [executionId, lastSeq]));
  const resumed = (await client.request('resume', { session_id, resume_token, last_seq })) as Resumed;
  return { client, resumed };
}

async function isCompleted(ledger: LiveLedger): Promise<void> {
  await eventually(
    () => ledger.completed,
    (completed) => completed !== null,
  );
}

/** Again and again until the lease of a dead service is over. */
async function eventuallyResumed(
  greeting: Connected,
  ledgers: readonly LiveLedger[],
): Promise<Awaited<ReturnType<typeof resume>>> {
  const tries = new Array<Awaited<ReturnType<typeof resume>>>();
  await eventually(
    () =>
      resume(other.url, greeting, ledgers).then(
        (resumption) => tries.push(resumption),
        (error: unknown) => {
          expect(error).toMatchObject(UNAVAILABLE);
        },
      ),
    () => tries.length > 0,
  );
  return tries[0] as Awaited<ReturnType<typeof resume>>;
}

/** A ledger of what the client got, and gets. */
function following(client: Client, executionId: string): LiveLedger {
  const ledger = new LiveLedger(executionId);
  ledger.follow(client);
  return ledger;
}

/** A session of the one service with this command in it, resumed on the other. */
async function moved(
  home: Service,
  there: Service,
  command: string,
): Promise<Awaited<ReturnType<typeof resume>> & { readonly ledger: LiveLedger; readonly pid: number }> {
  const client = await Client.connect(home.url);
  const execution = await client.execute({ command, stdin: true });
  const ledger = following(client, execution.id);
  await execution.event('process.started');
  await cut(client);
  return { ...(await resume(there.url, client.greeting, [ledger])), ledger, pid: execution.pid };
}

describeRedis('two services that share a Redis', () => {
  beforeAll(async () => {
    server = await RedisServer.start();
    [one, other] = await Promise.all([start(), start()]);
  });

  afterEach(() => {
    disconnectAll();
  });

  afterAll(async () => {
    await Promise.all([one.stop(), other.stop()]);
    await server.stop();
  });

  it('let a session be resumed on the other: nothing twice, nothing missing', async () => {
    const client = await Client.connect(one.url);
    const execution = await client.execute({ command: 'seq 1 60000; sleep 0.5; seq 60001 100000' });
    const ledger = following(client, execution.id);
    await execution.prints('\n100\n');
    await cut(client);
    const { client: second, resumed } = await resume(other.url, client.greeting, [ledger]);
    expect(resumed.session_id).toBe(client.greeting.session_id);
    expect(resumed.executions.map(({ execution_id }) => execution_id)).toEqual([execution.id]);
    await eventually(
      () => ledger.lastSeq,
      (seq) => seq > 60_000,
    );
    await cut(second);
    const { resumed: third } = await resume(one.url, resumed, [ledger]);
    await isCompleted(ledger);

    expect(third.session_id).toBe(client.greeting.session_id);
    expect(ledger.faults).toEqual([]);
    expect(ledger.gaps).toEqual([]);
    expect(ledger.completed).toMatchObject({ status: 'completed', exit_code: 0, seq_last: 100_002 });
    expect(ledger.isExact).toBe(true);
  });

  it('have a command wait for a client on the other that does not read', async () => {
    const client = await Client.connect(one.url);
    const execution = await client.execute({ command: 'seq 1 3000000', output: { mode: 'lines' } });
    const ledger = following(client, execution.id);
    await execution.prints('\n1000\n');
    await cut(client);
    const { client: second } = await resume(other.url, client.greeting, [ledger]);
    second.socket.pause();
    const status = async (): Promise<number> => {
      const { bytes } = (await (await Client.connect(one.url)).request('status', { execution_id: execution.id })) as {
        bytes: { stdout: number };
      };
      return bytes.stdout;
    };
    let before = -1;
    await eventually(status, (bytes) => {
      const stands = bytes === before;
      before = bytes;
      return stands;
    });
    expect(before).toBeLessThan(20_000_000);
    second.socket.resume();
    await isCompleted(ledger);

    expect([ledger.faults, ledger.gaps, ledger.isExact]).toEqual([[], [], true]);
  });

  it('control, feed, extend and start in a session that is held by the other', async () => {
    const { client: second, ledger } = await moved(one, other, 'cat');

    expect(await second.request('control', { type: 'PAUSE' })).toEqual({ status: 'paused' });
    expect(await second.request('control', { type: 'RESUME' })).toEqual({ status: 'resumed' });
    expect(await second.request('input', { data: 'hello\n' })).toEqual({ accepted_bytes: 6 });
    expect(await second.request('extend', { timeout: 100 })).toEqual({ timeout: 100 });
    const { executions } = (await second.request('list')) as { executions: { execution_id: string }[] };
    expect(executions.map(({ execution_id }) => execution_id)).toEqual([ledger.executionId]);
    const { completed, stdout } = await second.run({ command: 'echo more' });
    expect([completed.exit_code, stdout]).toEqual([0, 'more\n']);
    await second.request('input', { eof: true });
    await isCompleted(ledger);
    expect(await second.failure('control', { type: 'CANCEL' })).toMatchObject({ code: -32003 });
    expect(await second.failure('execute', { command: '' })).toMatchObject({ code: -32602 });

    expect([ledger.faults, ledger.gaps, ledger.isExact]).toEqual([[], [], true]);
  });

  it('end what a session ran whose client closes at the other', async () => {
    const { client: second, pid } = await moved(one, other, 'sleep 100');
    await second.close(1000);

    await eventually(
      () => isAlive(processRow(pid)),
      (alive) => !alive,
    );
  });

  it('close the connection that a session is taken from, wherever it is', async () => {
    const client = await Client.connect(one.url);
    const { client: second, resumed } = await resume(other.url, client.greeting, []);
    expect((await client.closed).code).toBe(4001);
    const { client: third, resumed: again } = await resume(one.url, resumed, []);
    expect((await second.closed).code).toBe(4001);
    await resume(other.url, again, []);
    expect((await third.closed).code).toBe(4001);
  });

  it('let one of two sockets have a session', async () => {
    const client = await Client.connect(one.url);
    await cut(client);
    const tries = await Promise.all([one, other, one, other].map(async ({ url }) => Client.connect(url)));
    const { session_id, resume_token } = client.greeting;
    const answers = await Promise.all(tries.map((each) => each.call('resume', { session_id, resume_token })));

    const open = answers.filter(({ result }) => result !== undefined);
    expect(open.length).toBeGreaterThanOrEqual(1);
    for (const { error } of answers) if (error !== undefined) expect(error.code).toBe(-32006);
    await eventually(
      () => tries.filter(({ socket }) => socket.readyState === socket.OPEN).length,
      (count) => count === 1 + answers.filter(({ error }) => error !== undefined).length,
    );
  });

  it.each([
    ['guessed', (token: string) => `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`],
    ['empty of meaning', () => 'x'],
  ])('refuse a token that is %s', async (_how, change) => {
    const client = await Client.connect(one.url);
    const { session_id, resume_token } = client.greeting;
    const second = await Client.connect(other.url);

    expect(await second.failure('resume', { session_id, resume_token: change(resume_token) })).toMatchObject({
      code: -32006,
      data: { reason: 'wrong_token' },
    });
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  it('attach, list, status and control a detached execution on the other', async () => {
    const client = await Client.connect(one.url);
    const execution = await client.execute({ command: 'seq 1 1000; exec cat', stdin: true, detach: true });
    await execution.prints('\n1000\n');
    await client.close(1000);
    const second = await Client.connect(other.url);
    const ledger = new LiveLedger(execution.id);
    ledger.follow(second);
    const execution_id = execution.id;

    expect(await second.request('attach', { execution_id, after_seq: 0 })).toMatchObject({
      state: 'running',
      first_seq: 1,
      next_seq: 1002,
    });
    expect(await second.request('list')).toMatchObject({ executions: [{ execution_id, detached: true }] });
    expect(await second.request('status', { execution_id })).toMatchObject({ execution_id, state: 'running' });
    expect(await second.request('control', { execution_id, type: 'PAUSE' })).toEqual({ status: 'paused' });
    expect(await second.request('control', { execution_id, type: 'RESUME' })).toEqual({ status: 'resumed' });
    expect(await second.request('input', { execution_id, data: 'end\n', eof: true })).toEqual({ accepted_bytes: 4 });
    await isCompleted(ledger);
    expect([ledger.faults, ledger.gaps, ledger.isExact]).toEqual([[], [], true]);

    const late = new LiveLedger(execution_id);
    const third = await Client.connect(other.url);
    late.follow(third);
    await third.request('attach', { execution_id, after_seq: 0 });
    await isCompleted(late);
    expect([late.faults, late.gaps, late.isExact]).toEqual([[], [], true]);
    expect(await third.request('status', { execution_id })).toMatchObject({ state: 'completed', exit_code: 0 });
    expect(await third.failure('control', { execution_id, type: 'CANCEL' })).toMatchObject({ code: -32003 });
  });

  it('have a detached execution wait for who reads it on the other', async () => {
    const client = await Client.connect(one.url);
    const execution = await client.execute({
      command: 'seq 1 4000000',
      output: { mode: 'lines' },
      on_disconnect: 'keep',
    });
    await execution.prints('\n1000\n');
    await client.close(1000);
    const second = await Client.connect(other.url);
    const ledger = following(second, execution.id);
    await second.request('attach', { execution_id: execution.id, after_seq: 0 });
    await isCompleted(ledger);

    expect([ledger.faults, ledger.completed]).toMatchObject([
      [],
      { status: 'completed', bytes: { stdout: 30_888_896 } },
    ]);
  });

  it('start once what is asked for at both under one key', async () => {
    const clients = await Promise.all([one, other, one, other].map(async ({ url }) => Client.connect(url)));
    const params = { command: 'sleep 0.2; echo once', idempotency_key: 'both' };
    const answers = await Promise.all(clients.map((client) => client.request('execute', params)));
    const [first] = clients as [Client];
    const id = (answers[0] as { execution_id: string }).execution_id;

    expect(answers.filter((answer) => !(answer as { duplicate?: boolean }).duplicate)).toHaveLength(1);
    for (const answer of answers) expect(answer).toMatchObject({ status: 'started', execution_id: id });
    for (const client of clients) {
      expect(await client.failure('execute', { ...params, command: 'echo other' })).toMatchObject({
        code: -32009,
        data: { execution_id: id },
      });
    }
    await first.request('attach', { execution_id: id });
    await first.event(id, ({ method }) => method === 'process.completed', 'the end');
    expect(await clients[1]?.request('execute', params)).toMatchObject({ execution_id: id, duplicate: true });
  });

  it('free the key of a start that fails', async () => {
    const [client, second] = await Promise.all([Client.connect(one.url), Client.connect(other.url)]);
    const params = { argv: ['/no/such/program'], idempotency_key: 'fails' };

    expect(await client.failure('execute', params)).toMatchObject({ code: -32602 });
    expect(await second.failure('execute', params)).toMatchObject({ code: -32602 });
    expect((await second.run({ command: 'echo then', idempotency_key: 'fails' })).stdout).toBe('then\n');
  });

  it('let a control follow its start at once', async () => {
    const client = await Client.connect(one.url);
    const started = client.call('execute', { command: 'sleep 100', idempotency_key: 'followed' });
    expect(await client.request('control', { type: 'CANCEL' })).toEqual({ status: 'canceled' });
    expect((await started).error).toBeUndefined();
  });

  it('know nothing of an execution that there is not', async () => {
    const client = await Client.connect(one.url);
    const execution_id = '00000000-0000-4000-8000-000000000000';

    for (const method of ['status', 'attach']) {
      expect(await client.failure(method, { execution_id })).toMatchObject({ code: -32003 });
    }
    expect(await client.failure('control', { execution_id, type: 'CANCEL' })).toMatchObject({ code: -32003 });
  });

  it('tell what a killed service ran as lost, to whoever comes for it, and run nothing again', async () => {
    const victim = await start();
    const client = await Client.connect(victim.url);
    const execution = await client.execute({ command: 'seq 1 1000; exec sleep 100' });
    const ledger = following(client, execution.id);
    const watcher = await Client.connect(one.url);
    const watched = following(watcher, execution.id);
    await execution.prints('\n1000\n');
    await watcher.request('attach', { execution_id: execution.id });
    // One session of it is held by a connection to another service, and one of another by a connection to it.
    const held = await moved(victim, other, 'echo begun; exec sleep 100');
    const waiting = await moved(one, victim, 'cat');
    await victim.end('SIGKILL');

    const { client: second, resumed } = await eventuallyResumed(client.greeting, [ledger]);
    await Promise.all([ledger, watched, held.ledger].map(isCompleted));
    const third = await Client.connect(one.url);
    const again = following(third, execution.id);
    await third.request('attach', { execution_id: execution.id });
    await isCompleted(again);
    expect(resumed.session_id).toBe(client.greeting.session_id);
    for (const { completed, faults, gaps } of [ledger, watched, again]) {
      expect(faults).toEqual([]);
      expect(gaps).toHaveLength(1);
      expect(completed).toMatchObject({
        status: 'failed',
        reason: 'server_lost',
        exit_code: null,
        session_id: client.greeting.session_id,
        sha256: { stdout: null, stderr: null },
      });
      expect(completed?.['seq']).toBe(ledger.completed?.['seq']);
    }
    expect(await third.request('status', { execution_id: execution.id })).toMatchObject({ reason: 'server_lost' });
    expect((await second.run({ command: 'echo here' })).stdout).toBe('here\n');

    expect([held.ledger.faults, held.ledger.completed]).toMatchObject([[], { reason: 'server_lost' }]);
    await eventually(
      () => held.client.call('execute', { command: 'true' }),
      ({ error }) => error === undefined,
    );

    const { client: fourth } = await resume(other.url, waiting.resumed, [waiting.ledger]);
    await fourth.request('input', { data: 'still there\n', eof: true });
    await isCompleted(waiting.ledger);
    expect([waiting.ledger.faults, waiting.ledger.gaps, waiting.ledger.isExact]).toEqual([[], [], true]);
    victim.remove();
  });

  it('fence off a service that was frozen past its lease', async () => {
    const victim = await start();
    const client = await Client.connect(victim.url);
    const execution = await client.execute({ command: 'while sleep 0.05; do echo tick; done', detach: true });
    const local = new LiveLedger(execution.id);
    local.follow(client);
    await execution.prints('tick\ntick\n');
    const watched = new LiveLedger(execution.id);
    const watcher = await Client.connect(one.url);
    watched.follow(watcher);
    await watcher.request('attach', { execution_id: execution.id });
    victim.signal('SIGSTOP');
    await isCompleted(watched);
    const length = await server.cli('XLEN', `cc_executor:cluster:execution:${execution.id}:log`);
    victim.signal('SIGCONT');
    await isCompleted(local);
    await victim.prints(/was declared lost by another service/);
    const late = new LiveLedger(execution.id);
    const second = await Client.connect(other.url);
    late.follow(second);
    await second.request('attach', { execution_id: execution.id });
    await isCompleted(late);

    expect(local.completed).toMatchObject({ status: 'failed', reason: 'server_lost' });
    expect(watched.completed).toMatchObject({ status: 'failed', reason: 'server_lost' });
    expect(late.completed).toMatchObject({ seq: watched.completed?.['seq'] });
    expect(await server.cli('XLEN', `cc_executor:cluster:execution:${execution.id}:log`)).toBe(length);
    await eventually(
      () => isAlive(processRow(execution.pid)),
      (alive) => !alive,
    );
    await victim.stop();
  });

  it('go on for their own clients without Redis, refuse at once what takes another, and come together again', async () => {
    const client = await Client.connect(one.url);
    const execution = await client.execute({ command: 'for i in $(seq 1 300); do echo $i; sleep 0.01; done' });
    const ledger = following(client, execution.id);
    const watcher = await Client.connect(other.url);
    const watched = following(watcher, execution.id);
    const execution_id = execution.id;
    await execution.prints('\n10\n');
    await watcher.request('attach', { execution_id });
    await server.kill();
    await Promise.all([one, other].map((service) => service.prints(/Redis at .* is down/)));
    const from = performance.now();
    const refusals = await Promise.all([
      watcher.failure('status', { execution_id }),
      watcher.failure('control', { execution_id, type: 'PAUSE' }),
      watcher.failure('attach', { execution_id }),
      watcher.failure('resume', { session_id: client.greeting.session_id, resume_token: 'x' }),
    ]);
    expect(performance.now() - from).toBeLessThan(1000);
    for (const refusal of refusals) expect(refusal).toMatchObject(UNAVAILABLE);
    expect(await watcher.request('list')).toEqual({ executions: [], incomplete: true });
    expect(await client.request('list')).toMatchObject({ executions: [{ execution_id }] });
    await server.restart();
    await Promise.all([ledger, watched].map(isCompleted));
    await eventually(
      () => watcher.call('status', { execution_id }),
      ({ error }) => error === undefined,
    );

    expect([ledger.faults, ledger.gaps, ledger.isExact]).toEqual([[], [], true]);
    expect([watched.faults, watched.gaps, watched.isExact]).toEqual([[], [], true]);
  });
});
