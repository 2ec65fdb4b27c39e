import { createHash, randomInt } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually, within } from './support/eventually.js';
import { type Claim, claimOf, cut, Ledger, resume } from './support/ledger.js';
import { isAlive, mark, markedGone, processRow, writtenBytes } from './support/proc.js';
import { Service } from './support/service.js';

jest.setTimeout(60_000);

const BUFFER_BYTES = 1_048_576;

let service: Service;

beforeAll(async () => {
  service = await Service.start({
    RESUME_GRACE: '30',
    MAX_PROCESSES_PER_SESSION: '4',
    REPLAY_BUFFER_BYTES: String(BUFFER_BYTES),
    PROCESS_CLEANUP_TIMEOUT: '1',
  });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

afterEach(disconnectAll);

/** The pid's bytes written, once they have not grown for three looks. */
async function blockedAt(pid: number): Promise<number> {
  let last = -1;
  let same = 0;
  return eventually(
    () => writtenBytes(pid),
    (bytes) => {
      same = bytes === last ? same + 1 : 0;
      last = bytes;
      return bytes > 0 && same >= 5;
    },
  );
}

/** Reads on until the execution has ended. */
async function finish(client: Client, ledger: Ledger): Promise<void> {
  await client.event(ledger.id, ({ method }) => method === 'process.completed', 'process.completed');
  ledger.enter(client);
}

describe('a client that is cut again and again', () => {
  it.each([
    ['lines', 15_000, 'exec seq 1 100000', 'utf8', {}],
    ['lines read together', 20, 'exec seq 1 1000000', 'utf8', { mode: 'lines' }],
    ['binary output', 40, 'exec head -c 8000000 /dev/urandom', 'base64', { mode: 'chunk', encoding: 'base64' }],
    ['both streams', 1200, 'for i in $(seq 5000); do echo $i; echo $i >&2; done', 'utf8', {}],
  ] as const)(
    'gets each event of %s once, in order, whenever it is cut',
    async (_, most, command, encoding, output) => {
      const seed = randomInt(2 ** 31);
      const random = generator(seed);
      try {
        let client = await Client.connect(service.url);
        let claim = claimOf(client);
        const ledger = new Ledger((await client.execute({ command, output })).id);
        let cuts = 0;
        for (; cuts < 8 && ledger.completed === null; cuts++) {
          const enough = Math.floor(random() * most) + 1;
          await client.event(
            ledger.id,
            ({ method }) => client.eventsOf(ledger.id).length >= enough || method === 'process.completed',
            `${enough} events`,
          );
          await cut(client);
          ledger.enter(client);
          ({ client, claim } = await resume(service.url, claim, [ledger]));
        }
        if (ledger.completed === null) await finish(client, ledger);

        expect(cuts).toBeGreaterThan(1);
        expect(ledger.gaps).toEqual([]);
        expect(ledger.completed).toMatchObject({ exit_code: 0, seq_last: ledger.lastSeq });
        for (const stream of ['stdout', 'stderr'] as const)
          expect({ bytes: ledger.completed?.bytes[stream], sha256: ledger.completed?.sha256[stream] }).toEqual(
            ledger.stream(stream, encoding),
          );
      } catch (error) {
        throw new Error(`With the seed ${seed}: ${String(error)}`, { cause: error });
      }
    },
  );
});

describe('a client that comes back', () => {
  it('has its session: what it runs, its control and its limits', async () => {
    const first = await Client.connect(service.url);
    const execution = await first.execute({ command: 'read -r x; echo "got $x"', stdin: true });
    await execution.event('process.started');
    await cut(first);
    const ledger = new Ledger(execution.id).enter(first);
    const { client, answer } = await resume(service.url, claimOf(first), [ledger]);

    expect(answer).toEqual({
      resumed: true,
      session_id: first.greeting.session_id,
      resume_token: expect.stringMatching(/^[\w-]{22}$/),
      executions: [{ execution_id: execution.id, state: 'running', first_seq: 1, next_seq: 2, gap: null }],
    });
    const { executions } = (await client.request('list')) as { executions: object[] };
    expect(executions).toMatchObject([
      { execution_id: execution.id, session_id: first.greeting.session_id, detached: false },
    ]);
    await client.request('input', { data: 'it\n', eof: true });
    await finish(client, ledger);
    expect(ledger.events.map(({ method }) => method)).toEqual([
      'process.started',
      'process.output',
      'process.completed',
    ]);
  });

  it('after the end gets the end, and how it ended', async () => {
    const first = await Client.connect(service.url);
    const execution = await first.execute({ command: 'sleep 0.3; echo late; exit 3' });
    await execution.event('process.started');
    await cut(first);
    const ledger = new Ledger(execution.id).enter(first);
    const witness = await Client.connect(service.url);
    await eventually(
      () => witness.request('status', { execution_id: execution.id }) as Promise<{ state: string }>,
      ({ state }) => state === 'failed',
    );
    const { client, answer } = await resume(service.url, claimOf(first), [ledger]);
    await finish(client, ledger);

    expect(answer.executions).toMatchObject([{ state: 'failed', gap: null }]);
    expect(ledger.completed).toMatchObject({ exit_code: 3, bytes: { stdout: 5 } });
  });

  it('is told nothing of an execution of which it has all, but of one it names', async () => {
    const first = await Client.connect(service.url);
    const { execution } = await first.run({ command: 'echo a' });
    // What comes after the end of an execution is answered after it was received.
    await first.request('ping');
    await cut(first);
    const again = await resume(service.url, claimOf(first), []);
    expect(again.answer.executions).toEqual([]);
    await cut(again.client);

    const ledger = new Ledger(execution.id);
    const named = await resume(service.url, again.claim, [ledger]);
    await finish(named.client, ledger);
    expect(ledger.events).toHaveLength(3);
  });

  it('learns of executions it has no answer of', async () => {
    const first = await Client.connect(service.url);
    first.sendJson({ jsonrpc: '2.0', id: 1, method: 'execute', params: { command: 'echo unheard; sleep 0.2' } });
    await first.request('ping');
    await cut(first);
    const { client, answer } = await resume(service.url, claimOf(first), []);
    const ledger = new Ledger(answer.executions[0]!.execution_id);
    await finish(client, ledger);

    expect(ledger.stream('stdout').bytes).toBe(8);
  });

  it('learns that an execution it names is not known, or what it says has not happened', async () => {
    const first = await Client.connect(service.url);
    const execution = await first.execute({ command: 'sleep 1000' });
    const unknown = new Ledger('0f8fad5b-d9cb-469f-a165-70867728950e');
    const claim = claimOf(first);
    await cut(first);
    const other = await Client.connect(service.url);
    expect(await other.failure('resume', { ...claim, last_seq: { [execution.id]: 99 } })).toMatchObject({
      code: -32602,
      data: `The last event of ${execution.id} is 1`,
    });
    const { answer } = await resume(service.url, claim, [unknown]);

    expect(answer.executions).toMatchObject([
      { execution_id: execution.id, state: 'running' },
      { execution_id: unknown.id, state: 'unknown', first_seq: null, next_seq: null, gap: null },
    ]);
  });

  it('while its old connection lives ends that with 4001', async () => {
    const first = await Client.connect(service.url);
    const execution = await first.execute({ command: 'while sleep 0.05; do echo x; done' });
    await execution.prints('x\n');
    const ledger = new Ledger(execution.id).enter(first);
    const { client } = await resume(service.url, claimOf(first), [ledger]);
    expect(await within(first.closed, 'the close')).toMatchObject({ code: 4001 });
    await client.event(execution.id, ({ method }) => method === 'process.output', 'output');
    await client.request('control', { type: 'CANCEL' });
    await finish(client, ledger);

    expect(ledger.completed).toMatchObject({ reason: 'canceled' });
  });

  it('goes on watching what it watched', async () => {
    const [owner, watcher] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const execution = await owner.execute({ command: 'read -r x; echo end', stdin: true });
    await watcher.request('attach', { execution_id: execution.id });
    await watcher.event(execution.id, ({ method }) => method === 'process.started', 'the start');
    await cut(watcher);
    const ledger = new Ledger(execution.id).enter(watcher);
    const { client } = await resume(service.url, claimOf(watcher), [ledger]);
    await owner.request('input', { eof: true });
    await finish(client, ledger);

    expect(ledger.lastSeq).toBe(3);
    expect((await execution.completed()).exit_code).toBe(0);
  });

  it('to a connection that runs something of its own is refused, and loses nothing', async () => {
    const [first, busy] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    await busy.execute({ command: 'sleep 1000' });
    const claim = claimOf(first);
    expect(await busy.failure('resume', { ...claim, last_seq: {} })).toMatchObject({
      code: -32006,
      data: { reason: 'connection_in_use' },
    });

    expect(await busy.failure('resume', { ...claimOf(busy), last_seq: {} })).toMatchObject({
      code: -32006,
      data: { reason: 'own_session' },
    });
    expect((await resume(service.url, claim, [])).answer.resumed).toBe(true);
  });
});

describe('output that nobody takes', () => {
  it('is kept up to REPLAY_BUFFER_BYTES; then the command blocks, and nothing is lost', async () => {
    const first = await Client.connect(service.url);
    const execution = await first.execute({ argv: ['seq', '1', '500000'], output: { mode: 'lines' } });
    await execution.event('process.output');
    await cut(first);
    const ledger = new Ledger(execution.id).enter(first);
    const read = ledger.stream('stdout').bytes;
    const written = await blockedAt(execution.pid);
    expect(written - read).toBeGreaterThan(BUFFER_BYTES * 0.9);
    expect(written - read).toBeLessThan(BUFFER_BYTES + 524_288);
    expect(isAlive(processRow(execution.pid))).toBe(true);
    const { client } = await resume(service.url, claimOf(first), [ledger]);
    await finish(client, ledger);

    expect(ledger.gaps).toEqual([]);
    expect(ledger.completed?.sha256.stdout).toBe(ledger.stream('stdout').sha256);
  });

  it('goes where the client asked for that, and the range is told', async () => {
    const first = await Client.connect(service.url);
    const { id, env } = mark();
    const params = { argv: ['seq', '1', '500000'], env, output: { mode: 'lines' }, on_full: 'drop_oldest' };
    const execution = await first.execute(params);
    await execution.event('process.output');
    await cut(first);
    const ledger = new Ledger(execution.id).enter(first);
    await markedGone(id);
    const { client, answer } = await resume(service.url, claimOf(first), [ledger]);
    await finish(client, ledger);

    expect(ledger.gaps).toHaveLength(1);
    expect(answer.executions).toMatchObject([{ execution_id: execution.id, gap: ledger.gaps[0] }]);
    expect(ledger.completed).toMatchObject({ seq_last: ledger.lastSeq, sha256: { stdout: digestOfSeq(500_000) } });
  });

  it('of a client that is there and does not read goes as well', async () => {
    const client = await Client.connect(service.url);
    const params = { argv: ['seq', '1', '3000000'], output: { mode: 'chunk' }, on_full: 'drop_oldest' };
    const { id, env } = mark();
    const execution = await client.execute({ ...params, env });
    await execution.event('process.started');
    client.socket.pause();
    await markedGone(id);
    client.socket.resume();
    const ledger = new Ledger(execution.id);
    await finish(client, ledger);

    expect(ledger.gaps.length).toBeGreaterThan(0);
    expect(ledger.completed?.sha256.stdout).toBe(digestOfSeq(3_000_000));
  });
});

describe('the token', () => {
  it('is exchanged: a used one is refused', async () => {
    const first = await Client.connect(service.url);
    const claim = claimOf(first);
    await cut(first);
    const second = await resume(service.url, claim, []);
    const other = await Client.connect(service.url);
    expect(await other.failure('resume', { ...claim, last_seq: {} })).toMatchObject({
      code: -32006,
      message: 'Resume rejected',
      data: { reason: 'wrong_token' },
    });

    await cut(second.client);
    expect((await resume(service.url, second.claim, [])).answer.resumed).toBe(true);
  });

  it('that was guessed is refused, and so is an unknown session', async () => {
    const [first, other] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const claim = claimOf(first);
    const guessed = { ...claim, resume_token: claimOf(other).resume_token, last_seq: {} };
    expect(await other.failure('resume', guessed)).toMatchObject({ code: -32006, data: { reason: 'wrong_token' } });
    const unknown = { ...claim, session_id: '0f8fad5b-d9cb-469f-a165-70867728950e', last_seq: {} };

    expect(await other.failure('resume', unknown)).toMatchObject({ data: { reason: 'unknown_session' } });
    expect(await first.request('ping')).toMatchObject({ pong: true });
  });

  it('is good again where the answer that exchanged it got lost', async () => {
    const first = await Client.connect(service.url);
    const execution = await first.execute({ command: 'sleep 1000' });
    const claim = claimOf(first);
    await cut(first);
    const lost = await Client.connect(service.url);
    // Nothing of what the service sends arrives from here on.
    lost.socket.pause();
    lost.sendJson({ jsonrpc: '2.0', id: 1, method: 'resume', params: { ...claim, last_seq: {} } });
    const { client, answer } = await eventually(
      () => resume(service.url, claim, []),
      ({ answer: { executions } }) => executions.length === 1,
    );

    expect(answer.executions).toMatchObject([{ execution_id: execution.id }]);
    expect(await client.request('control', { type: 'CANCEL' })).toEqual({ status: 'canceled' });
  });

  it('brought twice at once is good for one of the two', async () => {
    const first = await Client.connect(service.url);
    const execution = await first.execute({ command: 'sleep 1000' });
    const claim = claimOf(first);
    await cut(first);
    const racers = await Promise.all([1, 2, 3].map(() => Client.connect(service.url)));
    const answers = await Promise.all(racers.map((racer) => racer.call('resume', { ...claim, last_seq: {} })));

    expect(answers.filter(({ result }) => result !== undefined)).toHaveLength(1);
    expect(answers.flatMap(({ error }) => error?.code ?? [])).toEqual([-32006, -32006]);
    const winner = racers[answers.findIndex(({ result }) => result !== undefined)]!;
    expect(await winner.request('control', { type: 'CANCEL', execution_id: execution.id })).toEqual({
      status: 'canceled',
    });
  });
});

describe('guesses', () => {
  it('are limited, for all connections of a client together, and no one else', async () => {
    const there = { localAddress: '127.0.0.9' };
    const [first, other] = await Promise.all([Client.connect(service.url), Client.connect(service.url, there)]);
    const guess = { ...claimOf(first), resume_token: 'x'.repeat(22), last_seq: {} };
    const codes: (number | undefined)[] = [];
    for (let tries = 0; tries < 70; tries++) codes.push((await other.call('resume', guess)).error?.code);
    expect(codes.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => -32006));
    expect(codes.slice(60)).toEqual(Array.from({ length: 10 }, () => -32005));
    const third = await Client.connect(service.url, there);
    const right = { ...claimOf(first), last_seq: {} };
    expect(await third.failure('resume', right)).toMatchObject({
      code: -32005,
      data: { retry_after: expect.any(Number) },
    });

    const here = await Client.connect(service.url);
    expect(await here.request('resume', right)).toMatchObject({ resumed: true });
  });
});

describe('the grace period', () => {
  let short: Service;

  beforeAll(async () => {
    short = await Service.start({ RESUME_GRACE: '1.5', MAX_SESSIONS: '1', PROCESS_CLEANUP_TIMEOUT: '1' });
  });

  afterAll(async () => {
    await short.stop();
  });

  async function vanished(command: string): Promise<{ claim: Claim; mark: string; execution: string }> {
    const client = await Client.connect(short.url);
    const { id, env } = mark();
    const execution = await client.execute({ command, env });
    await execution.event('process.started');
    await cut(client);
    return { claim: claimOf(client), mark: id, execution: execution.id };
  }

  /** Connects as soon as the service has seen that the one before is gone. */
  async function admitted(): Promise<Client> {
    const client = await eventually(
      () => Client.connect(short.url).catch(() => null),
      (connected) => connected !== null,
    );
    return client!;
  }

  it('over, the command ends and the session has expired', async () => {
    const { claim, mark: id } = await vanished('sleep 1000');
    await markedGone(id);
    const client = await admitted();

    expect(await client.failure('resume', { ...claim, last_seq: {} })).toMatchObject({
      code: -32006,
      data: { reason: 'expired' },
    });
    await client.close();
  });

  it('holds a place, into which its own client alone comes back', async () => {
    const { claim, execution } = await vanished('sleep 1000');
    const extra = await admitted();
    expect(await extra.failure('execute', { command: 'true' })).toMatchObject({ code: -32001 });
    const answer = await extra.request('resume', { ...claim, last_seq: {} });
    expect(answer).toMatchObject({ resumed: true, executions: [{ state: 'running' }] });
    expect(await extra.request('control', { type: 'CANCEL' })).toEqual({ status: 'canceled' });
    await extra.event(execution, ({ method }) => method === 'process.completed', 'the end');

    expect((await extra.run({ command: 'echo hi' })).stdout).toBe('hi\n');
    await extra.close();
  });

  it('of nothing left to come back for is given up for another client', async () => {
    const client = await Client.connect(short.url);
    await cut(client);
    const other = await admitted();

    expect((await other.run({ command: 'echo hi' })).stdout).toBe('hi\n');
    await other.close();
  });
});

/** Numbers in [0, 1) that are the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** sha256 of what `seq 1 LAST` prints. */
function digestOfSeq(last: number): string {
  const digest = createHash('sha256');
  for (let first = 1; first <= last; first += 10_000)
    digest.update(
      Array.from({ length: Math.min(10_000, last - first + 1) }, (_, index) => `${first + index}\n`).join(''),
    );
  return digest.digest('hex');
}
