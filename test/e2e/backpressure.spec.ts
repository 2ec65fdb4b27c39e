import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { type Execution } from './support/execution.js';
import { descendants, isAlive, mark, markedGone, processRow, residentBytes, writtenBytes } from './support/proc.js';
import { Service } from './support/service.js';

jest.setTimeout(90_000);

const MAX_GROWTH_BYTES = 40 * 1024 * 1024;

let service: Service;

beforeAll(async () => {
  service = await Service.start({ PROCESS_CLEANUP_TIMEOUT: '2' });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

afterEach(disconnectAll);

/** Resolves when the process is alive and has not written for three looks in a row, half a second apart. */
async function blocked(pid: number): Promise<void> {
  const other = await Client.connect(service.url);
  let last = -1;
  let looks = 0;
  while (looks < 3) {
    const { completed } = await other.run({ command: 'sleep 0.5' });
    expect(completed.exit_code).toBe(0);
    const written = writtenBytes(pid);
    looks = written > 0 && written === last ? looks + 1 : 0;
    last = written;
  }
  await other.close();
  expect(isAlive(processRow(pid))).toBe(true);
}

/** The service's resident memory, with that of its helpers but not of the commands. */
function serviceBytes(commands: readonly number[]): number {
  const helpers = descendants(service.pid).filter(
    ({ pid, group, state }) => !commands.includes(pid) && !commands.includes(group) && state !== 'Z',
  );
  return [service.pid, ...helpers.map(({ pid }) => pid)].reduce((sum, pid) => sum + residentBytes(pid), 0);
}

describe('a client that does not read', () => {
  it.each(['line', 'lines', 'chunk'])(
    'blocks its own command in %s mode: not the memory, not the others, not its control',
    async (mode) => {
      const [client, other] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
      await other.run({ command: 'seq 1 20000', output: { mode } });
      const before = serviceBytes([]);
      const { id, env } = mark();
      const execution = await client.execute({ argv: ['yes', 'a line of some length'], env, output: { mode } });
      await execution.event('process.output');
      client.socket.pause();
      await blocked(execution.pid);

      expect(serviceBytes([execution.pid]) - before).toBeLessThan(MAX_GROWTH_BYTES);
      expect((await other.run({ command: 'echo hi' })).stdout).toBe('hi\n');
      expect((await fetch(service.http('/healthz'))).status).toBe(200);

      const canceled = client.call('control', { type: 'CANCEL' });
      await markedGone(id);
      client.socket.resume();
      expect(await canceled).toMatchObject({ result: { status: 'canceled' } });
      expect(await execution.completed()).toMatchObject({ status: 'canceled', exit_code: -15, reason: 'canceled' });
    },
  );

  it('loses nothing: all of it comes when it reads again', async () => {
    const client = await Client.connect(service.url);
    const execution = await client.execute({ command: 'exec seq 1 2000000', output: { mode: 'chunk' } });
    await execution.event('process.output');
    client.socket.pause();
    await blocked(execution.pid);
    client.socket.resume();

    const completed = await execution.completed();
    expect(completed).toMatchObject({ exit_code: 0, bytes: { stdout: 14_888_896 } });
    expect(completed.sha256.stdout).toBe(digestOfNumbers(2_000_000));
  });

  it('can pause and resume the command', async () => {
    const client = await Client.connect(service.url);
    const execution = await client.execute({ argv: ['yes'], output: { mode: 'chunk' } });
    await execution.event('process.output');
    client.socket.pause();
    await blocked(execution.pid);

    const answers = [client.call('control', { type: 'PAUSE' })];
    await eventually(
      () => processRow(execution.pid)?.state,
      (state) => state === 'T',
    );
    answers.push(client.call('control', { type: 'RESUME' }));
    await eventually(
      () => processRow(execution.pid)?.state,
      (state) => state !== 'T',
    );
    client.socket.resume();
    expect(await Promise.all(answers)).toMatchObject([
      { result: { status: 'paused' } },
      { result: { status: 'resumed' } },
    ]);
    await eventually(
      () => client.eventsOf(execution.id).some(({ method }) => method === 'process.resumed'),
      (isThere) => isThere,
    );
    await execution.control('CANCEL');
    await execution.completed();
  });

  it('gets no more answers than it reads: they do not pile up', async () => {
    const [client, other] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const labels = { big: 'x'.repeat(1_000_000) };
    const execution = await client.execute({ command: 'sleep 1000', labels });
    await other.run({ command: 'true' });
    const before = serviceBytes([execution.pid]);
    client.socket.pause();
    const ids = Array.from({ length: 200 }, (_, index) => `list-${index}`);
    for (const id of ids) client.sendJson({ jsonrpc: '2.0', id, method: 'list' });
    await other.run({ command: 'sleep 1' });

    expect(serviceBytes([execution.pid]) - before).toBeLessThan(2 * MAX_GROWTH_BYTES);
    client.socket.resume();
    const isAnswered = (): boolean =>
      client.frames.filter(({ id }) => String(id).startsWith('list-')).length === ids.length;
    if (!isAnswered()) await client.next(isAnswered, 'all answers');
  });

  it('leaves nothing when it goes', async () => {
    const client = await Client.connect(service.url);
    const { id, env } = mark();
    const execution: Execution = await client.execute({ argv: ['yes'], env });
    await execution.event('process.output');
    client.socket.pause();
    await blocked(execution.pid);

    client.socket.terminate();
    await markedGone(id);
  });

  it('does not stop a time limit', async () => {
    const client = await Client.connect(service.url);
    const { id, env } = mark();
    const execution = await client.execute({ argv: ['yes'], env, timeout: 2 });
    await execution.event('process.output');
    client.socket.pause();
    await markedGone(id);
    client.socket.resume();

    expect(await execution.completed()).toMatchObject({ status: 'failed', reason: 'timeout' });
  });
});

/** sha256 of what `seq 1 LAST` prints. */
function digestOfNumbers(last: number): string {
  const digest = createHash('sha256');
  for (let first = 1; first <= last; first += 10_000) {
    digest.update(Array.from({ length: 10_000 }, (_, index) => `${first + index}\n`).join(''));
  }
  return digest.digest('hex');
}
