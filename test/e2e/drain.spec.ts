import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { WebSocket } from 'ws';
import { Client, disconnectAll, refusal } from './support/client.js';
import { eventually, within } from './support/eventually.js';
import { mark, markedGone } from './support/proc.js';
import { type Environment, fixture, Service } from './support/service.js';

jest.setTimeout(60_000);

let service: Service;

afterEach(async () => {
  disconnectAll();
  await service.end('SIGKILL');
  service.remove();
});

async function start(environment: Environment): Promise<Client> {
  service = await Service.start({ PROCESS_CLEANUP_TIMEOUT: '1', ...environment });
  return Client.connect(service.url);
}

async function statusOf(path: string): Promise<number> {
  return (await fetch(service.http(path))).status;
}

/** Resolves once the service is seen to shut down. */
async function draining(): Promise<void> {
  await eventually(
    () => statusOf('/health/ready'),
    (status) => status === 503,
  );
}

/** Takes a few frames, and then for a moment none. */
function readSlowly(socket: WebSocket): void {
  socket.on('message', () => {
    socket.pause();
    setTimeout(() => {
      socket.resume();
    }, 2);
  });
  socket.resume();
}

describe('a service that is asked to stop', () => {
  it('lets what runs come to its end within SHUTDOWN_GRACE', async () => {
    const client = await start({ SHUTDOWN_GRACE: '30' });
    const execution = await client.execute({ command: 'echo go; read -r line; echo "$line"', stdin: true });
    await execution.prints('go');

    const ending = service.end('SIGTERM');
    expect((await client.notification('server.shutdown')).params).toEqual({
      grace: 30,
      session_id: client.greeting.session_id,
    });
    await client.request('input', { data: 'late\n' });

    expect(await execution.completed()).toMatchObject({ status: 'completed', reason: 'exit', exit_code: 0 });
    expect(execution.text('stdout')).toBe('go\nlate\n');
    expect(await within(client.closed, 'the close')).toMatchObject({ code: 1001 });
    expect(await ending).toMatchObject({ code: 0, stderr: '' });
  });

  it('is not ready, lives, and takes nothing new meanwhile', async () => {
    const client = await start({ SHUTDOWN_GRACE: '30', MAX_PROCESSES_PER_SESSION: '2' });
    const execution = await client.execute({ command: 'sleep 1000' });

    const ending = service.end('SIGTERM');
    await client.notification('server.shutdown');
    expect(await statusOf('/health/ready')).toBe(503);
    expect(await statusOf('/healthz')).toBe(503);
    expect(await statusOf('/health/live')).toBe(200);
    expect(await statusOf('/health/startup')).toBe(200);
    expect(await refusal(service.url)).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) });
    expect(await client.failure('execute', { command: 'true' })).toMatchObject({
      code: -32007,
      data: { retry_after: expect.any(Number) },
    });

    await execution.control('CANCEL');
    expect(await execution.completed()).toMatchObject({ reason: 'canceled' });
    expect(await ending).toMatchObject({ code: 0 });
  });

  it('ends what is left after SHUTDOWN_GRACE, stopped commands and stubborn ones too', async () => {
    const client = await start({ SHUTDOWN_GRACE: '0.3', MAX_PROCESSES_PER_SESSION: '2' });
    const stubborn = await client.execute({ argv: ['bash', fixture('ignores-term.sh')] });
    await stubborn.prints('ready');
    const stopped = await client.execute({ command: 'sleep 1000' });
    await stopped.control('PAUSE');

    const ending = service.end('SIGTERM');
    expect(await stubborn.completed()).toMatchObject({ reason: 'shutdown', exit_code: -9 });
    expect(await stopped.completed()).toMatchObject({ reason: 'shutdown', exit_code: -15 });
    expect(await ending).toMatchObject({ code: 0 });
  });

  it('delivers the end of a command to a client that was behind with reading', async () => {
    const client = await start({});
    const execution = await client.execute({ command: 'yes', output: { mode: 'chunk' } });
    await execution.event('process.output');
    client.socket.pause();

    const ending = service.end('SIGTERM');
    await draining();
    readSlowly(client.socket);

    expect(await execution.completed()).toMatchObject({ reason: 'shutdown' });
    expect(await within(client.closed, 'the close')).toMatchObject({ code: 1001 });
    expect(await ending).toMatchObject({ code: 0 });
  });

  it('ends at once on a second signal', async () => {
    const client = await start({ SHUTDOWN_GRACE: '1000' });
    const { id, env } = mark();
    await client.execute({ command: 'sleep 1000', env });
    service.signal('SIGTERM');
    await draining();

    // Signals within half a second count as one.
    const ended = await eventually(
      () => {
        service.signal('SIGTERM');
        return Promise.race([service.ended, Promise.resolve(undefined)]);
      },
      (ending) => ending !== undefined,
    );
    expect(ended).toMatchObject({ code: 1 });
    await markedGone(id);
  });
});

describe.each(['exception', 'rejection'])('after an %s that nobody caught a service', (fault) => {
  it('says so, comes to its end in order, and exits with 1', async () => {
    const client = await start({ FAULT: fault, NODE_OPTIONS: `--import=${fixture('faulty.mjs')}` });
    const execution = await client.execute({ command: 'sleep 1000' });
    service.signal('SIGUSR2');

    expect(await execution.completed()).toMatchObject({ reason: 'shutdown' });
    expect(await within(client.closed, 'the close')).toMatchObject({ code: 1001 });
    const { code, stderr } = await within(service.ended, 'the end');
    expect(code).toBe(1);
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'fatal',
      message: expect.stringContaining('A fault of the fixture'),
    });
  });
});
