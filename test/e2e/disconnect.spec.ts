import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually } from './support/eventually.js';
import { mark, marked, markedGone, processRow } from './support/proc.js';
import { Service } from './support/service.js';
import { startTree } from './support/tree.js';

jest.setTimeout(60_000);

const TREE = ['background', 'deep', 'setsid', 'double-fork', 'daemon', 'stubborn'];

let service: Service;

beforeAll(async () => {
  service = await Service.start({ PROCESS_CLEANUP_TIMEOUT: '1', MAX_PROCESSES_PER_SESSION: '4' });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

afterEach(disconnectAll);

async function activeSessions(): Promise<number> {
  const health = (await (await fetch(service.http('/health'))).json()) as { active_sessions: number };
  return health.active_sessions;
}

const LEAVINGS: [string, (client: Client) => void][] = [
  ['closes with 1000', (client) => void client.close(1000)],
  [
    'closes without a code',
    (client) => {
      client.socket.close();
    },
  ],
  [
    'vanishes',
    (client) => {
      client.socket.terminate();
    },
  ],
];

describe.each(LEAVINGS)('when a client %s', (_, leave) => {
  it('nothing of its tree stays alive', async () => {
    const client = await Client.connect(service.url);
    const tree = await startTree(client, TREE);
    expect(marked(tree.mark).length).toBeGreaterThan(TREE.length);

    leave(client);
    await markedGone(tree.mark);
    await eventually(activeSessions, (count) => count === 0);
  });

  it.each<[string, object, string | null]>([
    ['a paused command', { command: 'sleep 1000; true' }, 'PAUSE'],
    ['a flood', { command: 'yes' }, null],
    ['a flood in chunks', { command: 'yes', output: { mode: 'chunk' } }, null],
    ['a command that waits for input', { command: 'cat', stdin: true }, null],
    ['a command that does not read its input', { command: 'sleep 1000', stdin: 'x'.repeat(1_000_000) }, null],
    ['a command that is being canceled', { command: 'trap "" TERM; while :; do sleep 1; done' }, 'CANCEL'],
  ])('%s ends', async (__, params, type) => {
    const client = await Client.connect(service.url);
    const { id, env } = mark();
    const execution = await client.execute({ ...params, env });
    await execution.event('process.started');
    if (type !== null) await execution.control(type);

    leave(client);
    await markedGone(id);
  });

  it('several commands and what they kept end', async () => {
    const client = await Client.connect(service.url);
    const { id, env } = mark();
    await client.run({ command: 'setsid sleep 1000 & sleep 1000 &', on_exit: 'keep', env });
    for (const command of ['sleep 1000', 'sleep 1000 & sleep 1000', 'setsid sleep 1000; true']) {
      await client.execute({ command, env });
    }
    await eventually(
      () => marked(id).length,
      (count) => count >= 6,
    );

    leave(client);
    await markedGone(id);
  });

  it('before its command has been answered, the command ends as well', async () => {
    const client = await Client.connect(service.url);
    const { id, env } = mark();
    client.sendJson({ jsonrpc: '2.0', id: 1, method: 'execute', params: { command: 'sleep 1000', env } });
    client.sendJson({ jsonrpc: '2.0', id: 2, method: 'execute', params: { command: 'sleep 1000', env } });

    leave(client);
    await eventually(activeSessions, (count) => count === 0);
    await markedGone(id);
  });

  it('the other sessions go on', async () => {
    const [client, other] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const execution = await other.execute({ command: 'read -r x; echo "$x"', stdin: true });
    const { id, env } = mark();
    await client.execute({ command: 'yes', env });

    leave(client);
    await markedGone(id);
    await other.request('input', { data: 'alive\n' });
    expect(await execution.completed()).toMatchObject({ exit_code: 0 });
    expect(execution.text('stdout')).toBe('alive\n');
  });
});

describe('a client that leaves in the middle of a flood', () => {
  it('costs one line of log and no time after', async () => {
    const [client, other] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const { id, env } = mark();
    const execution = await client.execute({ command: 'yes', env });
    await eventually(
      () => execution.output().length,
      (count) => count > 1000,
    );
    const logged = lines();
    client.socket.terminate();
    await markedGone(id);
    await eventually(activeSessions, (count) => count === 1);
    expect(lines() - logged).toBeLessThanOrEqual(1);

    const before = processRow(service.pid)?.ticks ?? 0;
    await other.run({ command: 'sleep 1' });
    const ticks = (processRow(service.pid)?.ticks ?? 0) - before;
    expect(ticks).toBeLessThan(20);
  });

  function lines(): number {
    return service.stdout.split('\n').length + service.stderr.split('\n').length;
  }
});
