import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { within } from './support/eventually.js';
import { mark, markedGone } from './support/proc.js';
import { Service } from './support/service.js';
import { startTree } from './support/tree.js';

jest.setTimeout(60_000);

afterEach(disconnectAll);

describe('keep-alive', () => {
  let service: Service;

  beforeAll(async () => {
    service = await Service.start({
      WS_PING_INTERVAL: '0.3',
      WS_PING_TIMEOUT: '1',
      WEBSOCKET_HEARTBEAT_INTERVAL: '0.4',
      PROCESS_CLEANUP_TIMEOUT: '1',
    });
  });

  afterAll(async () => {
    await service.stop();
  });

  it('says ping with the time, as often as the greeting says', async () => {
    const client = await Client.connect(service.url);
    expect(client.greeting.heartbeat_interval).toBe(0.4);
    const pings = (): number[] =>
      client.frames.filter(({ method }) => method === 'ping').map(({ params }) => Number(params?.['timestamp']));

    await client.next(() => pings().length >= 3, 'three pings');
    const [first = 0, second = 0, third = 0] = pings();
    expect(Math.abs(first - Date.now() / 1000)).toBeLessThan(10);
    expect(second - first).toBeGreaterThan(0.3);
    expect(third - second).toBeGreaterThan(0.3);
    for (const frame of client.frames.slice(1)) {
      expect(frame).toEqual({ jsonrpc: '2.0', method: 'ping', params: { timestamp: expect.any(Number) } });
    }
  });

  it('takes a pong for an answer', async () => {
    const client = await Client.connect(service.url);
    await client.notification('ping');
    client.notify('pong');
    client.notify('pong', { timestamp: 1 });

    expect(await client.request('ping')).toMatchObject({ pong: true });
  });

  it('keeps a client that answers protocol pings only', async () => {
    const client = await Client.connect(service.url);
    const execution = await client.execute({ command: 'sleep 3; echo done' });
    for (let count = 0; count < 6; count++) await once(client.socket, 'ping');

    expect(await execution.completed()).toMatchObject({ exit_code: 0, reason: 'exit' });
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  it('keeps a client that answers no protocol ping but sends frames', async () => {
    const client = await Client.connect(service.url, { autoPong: false });
    for (let count = 0; count < 10; count++) {
      await once(client.socket, 'ping');
      client.notify('pong');
    }

    expect(await client.request('ping')).toMatchObject({ pong: true });
  });

  it('drops a peer that answers nothing, and ends what it ran', async () => {
    const client = await Client.connect(service.url, { autoPong: false });
    const tree = await startTree(client, ['background', 'setsid']);

    await within(client.closed, 'the drop');
    await markedGone(tree.mark);
  });

  it('drops a peer that does not even read', async () => {
    const client = await Client.connect(service.url);
    const tree = await startTree(client, ['setsid']);
    client.socket.pause();

    await markedGone(tree.mark);
  });

  it('drops a peer that is gone in the middle of a flood', async () => {
    const client = await Client.connect(service.url);
    const { id, env } = mark();
    const execution = await client.execute({ command: 'yes', env });
    await execution.event('process.output');
    client.socket.pause();

    await markedGone(id);
  });
});

describe('SESSION_TIMEOUT', () => {
  let service: Service;

  beforeAll(async () => {
    service = await Service.start({ SESSION_TIMEOUT: '1', MAX_SESSIONS: '10' });
  });

  afterAll(async () => {
    await service.stop();
  });

  it('closes a silent session with 1000', async () => {
    const client = await Client.connect(service.url);

    expect(await within(client.closed, 'the close')).toMatchObject({ code: 1000 });
  });

  it('does not close one that runs a command, but after it', async () => {
    const client = await Client.connect(service.url);
    const execution = await client.execute({ command: 'sleep 2.5; echo done' });

    expect(await execution.completed()).toMatchObject({ exit_code: 0, reason: 'exit' });
    expect(await within(client.closed, 'the close')).toMatchObject({ code: 1000 });
  });

  it('does not close one that sends frames', async () => {
    const [client, other] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const clock = await other.execute({ command: 'for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; sleep 0.25; done' });
    for (let second = 1; second <= 10; second++) {
      await clock.prints(`${second}\n`);
      client.notify('pong');
    }
    await clock.completed();

    expect(await client.request('ping')).toMatchObject({ pong: true });
  });
});
