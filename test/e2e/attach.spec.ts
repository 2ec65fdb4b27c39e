import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Ledger } from './support/ledger.js';
import { mark, markedGone } from './support/proc.js';
import { Service } from './support/service.js';

jest.setTimeout(60_000);

let service: Service;

beforeAll(async () => {
  service = await Service.start({ REPLAY_BUFFER_BYTES: '1048576', PROCESS_CLEANUP_TIMEOUT: '1', SESSION_TIMEOUT: '2' });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

afterEach(disconnectAll);

async function finish(client: Client, ledger: Ledger): Promise<Ledger> {
  await client.event(ledger.id, ({ method }) => method === 'process.completed', 'process.completed');
  return ledger.enter(client);
}

describe('a watcher', () => {
  it('gets all that was, then what comes, each once and in order, while the owner does', async () => {
    const [owner, watcher] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const execution = await owner.execute({ command: 'seq 1 20000; read -r x; seq 20001 40000', stdin: true });
    await owner.event(execution.id, ({ params }) => params.data === '20000\n', 'the last line');
    const answer = await watcher.request('attach', { execution_id: execution.id, after_seq: 0 });
    expect(answer).toEqual({ state: 'running', first_seq: 1, next_seq: 20_002 });
    await owner.request('input', { eof: true });
    const completed = await execution.completed();
    const ledger = await finish(watcher, new Ledger(execution.id));

    expect(ledger.gaps).toEqual([]);
    expect(ledger.completed).toEqual(completed);
    expect(ledger.stream('stdout')).toEqual({ bytes: completed.bytes.stdout, sha256: completed.sha256.stdout });
  });

  it.each([1, 7, 5000, 10_001, 10_002])('gets what comes after any event it names: %d', async (afterSeq) => {
    const [owner, watcher] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const { execution } = await owner.run({ command: 'seq 1 10000' });
    const answer = await watcher.request('attach', { execution_id: execution.id, after_seq: afterSeq });
    await watcher.request('ping');

    expect(answer).toEqual({ state: 'completed', first_seq: 1, next_seq: 10_003 });
    const events = await eventually(
      () => watcher.eventsOf(execution.id),
      ({ length }) => length >= 10_002 - afterSeq,
    );
    expect(events).toEqual(execution.events.slice(afterSeq));
  });

  it('may be one of many, each at its own pace, from its own place', async () => {
    const owner = await Client.connect(service.url);
    const watchers = await Promise.all(Array.from({ length: 12 }, () => Client.connect(service.url)));
    const execution = await owner.execute({ command: 'for i in $(seq 300); do echo $i; sleep 0.001; done' });
    const ledgers = await Promise.all(
      watchers.map(async (watcher, index) => {
        await execution.prints(`${index * 20}\n`);
        await watcher.request('attach', { execution_id: execution.id, after_seq: index });
        const ledger = new Ledger(execution.id);
        ledger.lastSeq = index;
        return finish(watcher, ledger);
      }),
    );

    expect(ledgers.map(({ completed }) => completed)).toEqual(ledgers.map(() => execution.events.at(-1)?.params));
    await execution.completed();
  });

  it('that never reads slows nobody, and is told what it has missed', async () => {
    const [owner, slow, quick] = await Promise.all([1, 2, 3].map(() => Client.connect(service.url)));
    const { id, env } = mark();
    const execution = await owner!.execute({ argv: ['seq', '1', '3000000'], env, output: { mode: 'lines' } });
    await slow!.request('attach', { execution_id: execution.id });
    slow!.socket.pause();
    await quick!.request('attach', { execution_id: execution.id });
    const completed = await execution.completed();
    await markedGone(id);
    const ledger = await finish(quick!, new Ledger(execution.id));
    expect(ledger.completed).toEqual(completed);

    slow!.socket.resume();
    const late = await finish(slow!, new Ledger(execution.id));
    expect(late.gaps.length).toBeGreaterThan(0);
    expect(late.completed).toEqual(completed);
  });

  it('that attaches again begins again, in the place of its first reading', async () => {
    const [owner, watcher] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const execution = await owner.execute({ command: 'echo a; read -r x; echo b', stdin: true });
    await execution.prints('a\n');
    await watcher.request('attach', { execution_id: execution.id });
    await watcher.event(execution.id, ({ params }) => params.seq === 2, 'a');
    await watcher.request('attach', { execution_id: execution.id, after_seq: 1 });
    await owner.request('input', { eof: true });
    await watcher.event(execution.id, ({ method }) => method === 'process.completed', 'the end');
    await watcher.request('ping');

    expect(watcher.eventsOf(execution.id).map(({ params }) => params.seq)).toEqual([1, 2, 2, 3, 4]);
    expect(execution.events.map(({ params }) => params.seq)).toEqual([1, 2, 3, 4]);
  });

  it('does not end with its session’s time while something comes', async () => {
    const [owner, watcher] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const execution = await owner.execute({ command: 'sleep 3.5' });
    await watcher.request('attach', { execution_id: execution.id });
    const ledger = await finish(watcher, new Ledger(execution.id));

    expect(ledger.completed).toMatchObject({ exit_code: 0 });
  });

  it('leaves without a trace', async () => {
    const [owner, watcher] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const execution = await owner.execute({ command: 'read -r x', stdin: true });
    await watcher.request('attach', { execution_id: execution.id });
    await watcher.close();
    await owner.request('input', { eof: true });

    expect(await execution.completed()).toMatchObject({ reason: 'exit' });
  });
});

describe('the client that started it', () => {
  it('reads again from where it says, each event once from there on', async () => {
    const owner = await Client.connect(service.url);
    const execution = await owner.execute({ command: 'echo a; echo b; read -r x; echo c', stdin: true });
    await execution.prints('b\n');
    await owner.request('attach', { execution_id: execution.id, after_seq: 2 });
    await owner.request('input', { eof: true });
    await owner.event(execution.id, ({ method }) => method === 'process.completed', 'the end');
    await owner.request('ping');

    expect(execution.events.map(({ params }) => params.seq)).toEqual([1, 2, 3, 3, 4, 5]);
  });

  it('reads an execution that has ended', async () => {
    const owner = await Client.connect(service.url);
    const { execution } = await owner.run({ command: 'echo a' });
    expect(await owner.request('attach', { execution_id: execution.id })).toEqual({
      state: 'completed',
      first_seq: 1,
      next_seq: 4,
    });
    await eventually(
      () => execution.events.length,
      (count) => count === 6,
    );
  });
});

describe('attach is refused', () => {
  it('where there is no such execution', async () => {
    const client = await Client.connect(service.url);
    const execution_id = '0f8fad5b-d9cb-469f-a165-70867728950e';

    expect(await client.failure('attach', { execution_id })).toEqual({
      code: -32003,
      message: 'Process not found',
      data: { pid: null, pgid: null, execution_id },
    });
  });

  it('behind an event that has not happened', async () => {
    const client = await Client.connect(service.url);
    const { execution } = await client.run({ command: 'true' });

    expect(await client.failure('attach', { execution_id: execution.id, after_seq: 3 })).toEqual({
      code: -32602,
      message: 'Invalid params',
      data: `The last event of ${execution.id} is 2`,
    });
  });
});

describe('tokens', () => {
  const TOKENS = {
    ann: 'controller-token-of-ann-x',
    bob: 'controller-token-of-bob-x',
    eye: 'observer-token-of-team-xx',
    eve: 'controller-token-of-eve-x',
  };
  let directory: string;
  let closed: Service;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tokens-'));
    const file = join(directory, 'tokens.yaml');
    const entry = (name: keyof typeof TOKENS, role: string, group: string): string =>
      `- { name: ${name}, role: ${role}, ${group}sha256: ${createHash('sha256').update(TOKENS[name]).digest('hex')} }`;
    writeFileSync(
      file,
      [
        entry('ann', 'controller', 'group: team, '),
        entry('bob', 'controller', 'group: team, '),
        entry('eye', 'observer', 'group: team, '),
        entry('eve', 'controller', ''),
      ].join('\n'),
      { mode: 0o600 },
    );
    closed = await Service.start({ AUTH_TOKENS_FILE: file, RESUME_GRACE: '30' });
  });

  afterAll(async () => {
    await closed.stop();
    rmSync(directory, { recursive: true });
  });

  async function connect(name: keyof typeof TOKENS): Promise<Client> {
    return Client.connect(closed.url, { headers: { Authorization: `Bearer ${TOKENS[name]}` } });
  }

  it('of one group share executions: controllers control them, observers look on', async () => {
    const [ann, bob, eye] = await Promise.all([connect('ann'), connect('bob'), connect('eye')]);
    const execution = await ann.execute({ command: 'read -r x; echo $x', stdin: true });
    await eye.request('attach', { execution_id: execution.id });
    expect(await eye.request('list')).toMatchObject({ executions: [{ execution_id: execution.id }] });
    expect(await eye.request('status', { execution_id: execution.id })).toMatchObject({ state: 'running' });
    expect(await eye.failure('control', { type: 'CANCEL', execution_id: execution.id })).toMatchObject({
      code: -32002,
    });
    expect(await bob.request('list')).toEqual({ executions: [] });
    await bob.request('extend', { execution_id: execution.id, timeout: 100 });
    await bob.request('input', { execution_id: execution.id, data: 'by bob\n', eof: true });
    const ledger = await finish(eye, new Ledger(execution.id));

    expect(ledger.stream('stdout').bytes).toBe(7);
    expect(await execution.completed()).toMatchObject({ exit_code: 0 });
  });

  it('of another group see nothing of them', async () => {
    const [ann, eve] = await Promise.all([connect('ann'), connect('eve')]);
    const execution = await ann.execute({ command: 'sleep 1000' });
    const execution_id = execution.id;

    for (const [method, params] of [
      ['attach', {}],
      ['status', {}],
      ['control', { type: 'CANCEL' }],
      ['input', { data: 'x' }],
      ['extend', { timeout: 5 }],
    ] as const)
      expect(await eve.failure(method, { execution_id, ...params })).toMatchObject({
        code: -32003,
        data: { pid: null },
      });
    expect(await eve.request('list')).toEqual({ executions: [] });
  });

  it.each(['bob', 'eye', 'eve'] as const)('cannot resume the session of another: %s', async (name) => {
    const [ann, other] = await Promise.all([connect('ann'), connect(name)]);
    const { session_id, resume_token } = ann.greeting;

    expect(await other.failure('resume', { session_id, resume_token, last_seq: {} })).toMatchObject({
      code: -32006,
      data: { reason: 'unknown_session' },
    });
    expect(await ann.request('ping')).toMatchObject({ pong: true });
  });
});
