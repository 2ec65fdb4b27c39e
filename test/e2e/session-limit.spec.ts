import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually, within } from './support/eventually.js';
import { Service } from './support/service.js';

jest.setTimeout(60_000);

let service: Service;

beforeAll(async () => {
  service = await Service.start({ MAX_SESSIONS: '2', MAX_PROCESSES_PER_SESSION: '2' });
});

afterAll(async () => {
  await service.stop();
});

afterEach(disconnectAll);

/** The number of sessions the service knows. */
async function activeSessions(): Promise<number> {
  const health = (await (await fetch(service.http('/health'))).json()) as { active_sessions: number };
  return health.active_sessions;
}

describe('a connection over MAX_SESSIONS', () => {
  it('gets one error and is closed, and the others go on', async () => {
    const [one] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    const third = await Client.dial(service.url);

    expect(await within(third.closed, 'the close')).toMatchObject({ code: 1008 });
    expect(third.received).toEqual([
      {
        jsonrpc: '2.0',
        id: null,
        error: {
          code: -32001,
          message: 'Session limit exceeded',
          data: { current_sessions: 2, max_sessions: 2 },
        },
      },
    ]);
    expect(await one.request('ping')).toMatchObject({ pong: true });
    expect(await activeSessions()).toBe(2);
  });

  it.each(['close', 'terminate'])('finds the place that a client left by %s', async (way) => {
    await eventually(activeSessions, (count) => count === 0);
    const [one] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
    if (way === 'close') await one.close();
    else one.socket.terminate();
    await eventually(activeSessions, (count) => count === 1);

    const client = await Client.connect(service.url);
    expect((await client.run({ command: 'echo usable' })).stdout).toBe('usable\n');
  });
});

describe('a session with MAX_PROCESSES_PER_SESSION', () => {
  it('says so, runs as many at once and refuses one more', async () => {
    const client = await Client.connect(service.url);
    expect(client.greeting.limits.max_processes).toBe(2);

    const [one, other] = [
      await client.execute({ command: 'sleep 1000; echo one' }),
      await client.execute({ command: 'sleep 1000; echo other' }),
    ];
    expect(await client.failure('execute', { command: 'true' })).toMatchObject({
      code: -32602,
      message: 'A process is already running',
    });

    await one.control('CANCEL');
    expect(await one.completed()).toMatchObject({ reason: 'canceled' });
    expect(other.methods).toEqual(['process.started']);
    expect((await client.run({ command: 'echo third' })).stdout).toBe('third\n');
  });

  it('frees the place before it says process.completed', async () => {
    const client = await Client.connect(service.url);
    await client.execute({ command: 'sleep 1000' });
    for (let round = 0; round < 20; round++) await client.run({ command: 'true' });
  });
});
