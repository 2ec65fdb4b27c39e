import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll, refusal } from './support/client.js';
import { eventually, within } from './support/eventually.js';
import { descendants, isAlive, mark, marked, markedGone, processRow } from './support/proc.js';
import { Service, fixture } from './support/service.js';
import { startTree } from './support/tree.js';

jest.setTimeout(60_000);

const TREE = ['background', 'deep', 'setsid', 'double-fork', 'daemon', 'stubborn'];

let service: Service;

beforeEach(async () => {
  service = await Service.start({ PROCESS_CLEANUP_TIMEOUT: '1' });
});

afterEach(async () => {
  disconnectAll();
  await service.end('SIGKILL');
  service.remove();
});

/** Files below a service's data and temporary directories. */
function leftFiles({ dataDirectory, temporaryDirectory }: Service = service): string[] {
  return [dataDirectory, temporaryDirectory].flatMap((directory) =>
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && entry.parentPath !== join(dataDirectory, 'history'))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
}

describe.each(['SIGTERM', 'SIGINT'] as const)('on %s the service', (signal) => {
  it('ends with 0 at once when nothing runs', async () => {
    const client = await Client.connect(service.url);
    const helpers = descendants(service.pid);

    const { code, stderr } = await service.end(signal, 5000);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(await within(client.closed, 'the close')).toMatchObject({ code: 1001 });
    expect(helpers.filter(({ pid }) => isAlive(processRow(pid)))).toEqual([]);
    expect(leftFiles()).toEqual([]);
  });

  it('ends with 0 also at the moment when it has started', async () => {
    const services = await Promise.all([1, 2, 3, 4].map(() => Service.start()));
    const endings = await Promise.all(services.map((one) => one.end(signal)));

    for (const ending of endings) expect(ending).toMatchObject({ code: 0, stderr: '' });
    expect(services.flatMap((one) => leftFiles(one))).toEqual([]);
    for (const one of services) one.remove();
  });

  it('completes what runs, closes with 1001, ends with 0 and leaves nothing', async () => {
    const clients = await Promise.all([1, 2, 3, 4, 5].map(() => Client.connect(service.url)));
    const [one, two, three, four, five] = clients as [Client, Client, Client, Client, Client];
    const tree = await startTree(one, TREE);
    const { id, env } = mark();
    const executions = [
      tree.execution,
      await two.execute({ argv: ['bash', fixture('ignores-term.sh')], env }),
      await three.execute({ command: 'sleep 1000', env }),
      await four.execute({ command: 'yes', env, output: { mode: 'chunk' } }),
    ];
    await executions[1]?.prints('ready');
    await executions[2]?.control('PAUSE');
    await five.run({ command: 'setsid sleep 1000 &', on_exit: 'keep', env });

    const ending = service.end(signal);
    const completed = await Promise.all(executions.map((execution) => execution.completed()));
    for (const end of completed) expect(end).toMatchObject({ status: 'failed', reason: 'shutdown' });
    expect(completed.map((end) => end.exit_code)).toEqual([-15, -9, -15, -15]);
    for (const client of clients) expect(await within(client.closed, 'the close')).toMatchObject({ code: 1001 });
    expect(await ending).toMatchObject({ code: 0, signal: null });

    expect(marked(tree.mark)).toEqual([]);
    expect(marked(id)).toEqual([]);
    expect(leftFiles()).toEqual([]);
  });
});

describe('while it shuts down the service', () => {
  it('takes no new connection and no new work', async () => {
    const [busy, idle] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const execution = await busy.execute({ argv: ['bash', fixture('ignores-term.sh')] });
    await execution.prints('ready');
    const { url } = service;

    const ending = service.end('SIGTERM');
    const refused = await eventually(
      () => idle.call('execute', { command: 'true' }).catch(() => 'closed' as const),
      (answer) => answer === 'closed' || answer.error !== undefined,
    );
    if (refused !== 'closed') {
      expect(refused.error).toMatchObject({
        code: -32007,
        message: 'Service is shutting down',
        data: { retry_after: expect.any(Number) },
      });
    }
    const answer = await refusal(url);
    expect(answer).toMatchObject({ status: 503, contentType: expect.stringMatching(/^application\/json/) });
    expect(JSON.parse(answer.body)).toEqual({ error: expect.anything() });
    expect(await ending).toMatchObject({ code: 0 });
  });

  it('is not hindered by a client that does not read', async () => {
    const client = await Client.connect(service.url);
    const { id, env } = mark();
    const execution = await client.execute({ command: 'yes', env, output: { mode: 'chunk' } });
    await execution.event('process.output');
    client.socket.pause();

    expect(await service.end('SIGTERM')).toMatchObject({ code: 0 });
    expect(marked(id)).toEqual([]);
  });

  it('is not hindered by a second signal', async () => {
    const client = await Client.connect(service.url);
    const { id, env } = mark();
    const execution = await client.execute({ argv: ['bash', fixture('ignores-term.sh')], env });
    await execution.prints('ready');

    service.signal('SIGTERM');
    await eventually(
      () =>
        refusal(service.url).then(
          () => true,
          () => false,
        ),
      (isRefused) => isRefused,
    );
    await service.end('SIGTERM');
    await markedGone(id);
    await eventually(
      () => leftFiles(),
      (files) => files.length === 0,
    );
  });
});

describe('when the service is killed', () => {
  it('nothing of any tree stays alive, and no file', async () => {
    const [one, two, three] = [
      await Client.connect(service.url),
      await Client.connect(service.url),
      await Client.connect(service.url),
    ];
    const helpers = descendants(service.pid).map(({ pid }) => pid);
    const tree = await startTree(one, TREE);
    const paused = await startTree(two, ['setsid', 'background']);
    await paused.execution.control('PAUSE');
    const { id, env } = mark();
    await three.run({ command: 'setsid sleep 1000 & sleep 1000 &', on_exit: 'keep', env });
    await three.execute({ command: 'yes', env });

    expect(await service.end('SIGKILL')).toMatchObject({ code: null, signal: 'SIGKILL' });
    for (const known of [tree.mark, paused.mark, id]) await markedGone(known);
    await eventually(
      () => leftFiles(),
      (files) => files.length === 0,
    );
    await eventually(
      () => helpers.filter((pid) => isAlive(processRow(pid))),
      (alive) => alive.length === 0,
    );
  });

  it('a command that was just being started ends too', async () => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => Client.connect(service.url)));
    const { id, env } = mark();
    for (const client of clients) {
      client.sendJson({ jsonrpc: '2.0', id: 1, method: 'execute', params: { command: 'setsid sleep 1000', env } });
    }
    await clients[0]?.answer(1);

    await service.end('SIGKILL');
    await markedGone(id);
  });
});

describe('when a helper process of the service is killed', () => {
  it('what ran is over and told to be lost, and the next command runs', async () => {
    const client = await Client.connect(service.url);
    const { id, env } = mark();
    const execution = await client.execute({ command: 'setsid sleep 1000 & sleep 1000', env });
    const helpers = descendants(service.pid).filter(({ parent }) => parent === service.pid);
    for (const { pid } of helpers) process.kill(pid, 'SIGKILL');

    const completed = await execution.completed();
    expect(marked(id)).toEqual([]);
    expect(completed).toMatchObject({ status: 'failed', reason: 'server_lost', error: expect.any(String) });
    await eventually(
      () => client.call('execute', { command: 'true' }),
      ({ result }) => result !== undefined,
    );
  });
});
