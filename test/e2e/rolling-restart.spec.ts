import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { eventually, within } from './support/eventually.js';
import { Service } from './support/service.js';

jest.setTimeout(120_000);

const SESSIONS = 20;
const ENVIRONMENT = { SHUTDOWN_GRACE: '20', PROCESS_CLEANUP_TIMEOUT: '1' };

/** Hands connections to whichever replica is its target. */
class Balancer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  target: Service;

  constructor(target: Service) {
    this.target = target;
    this.#server = createServer((from) => {
      const to = connect(Number(new URL(this.target.url).port), '127.0.0.1');
      for (const socket of [from, to]) {
        this.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
      from.pipe(to).pipe(from);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `ws://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/ws/mcp`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

let services: Service[];

beforeEach(() => {
  services = [];
});

afterEach(async () => {
  disconnectAll();
  for (const service of services) {
    await service.end('SIGKILL');
    service.remove();
  }
});

async function replica(): Promise<Service> {
  const service = await Service.start(ENVIRONMENT);
  services.push(service);
  await eventually(
    async () => (await fetch(service.http('/health/ready'))).status,
    (status) => status === 200,
  );
  return service;
}

/** Runs one command after the other, on a new connection where the old one ended, until `isOver`. */
async function work(url: string, seconds: number, isOver: () => boolean): Promise<{ done: number; refused: number }> {
  const account = { done: 0, refused: 0 };
  for (let client = await Client.connect(url); ; client = await Client.connect(url)) {
    while (!isOver()) {
      const started = await client
        .call('execute', { command: `sleep ${String(seconds)}; echo done` })
        .catch(() => null);
      // What was not answered was not told to run: the connection was closed in order, with nothing under way.
      if (started?.result === undefined) {
        account.refused++;
        break;
      }
      const { execution_id: id } = started.result as { execution_id: string };
      const end = await client.event(id, ({ method }) => method === 'process.completed', 'the end of a command');
      expect(end.params).toMatchObject({ reason: 'exit', exit_code: 0 });
      account.done++;
    }
    if (isOver()) return account;
    expect(await within(client.closed, 'the close of a drained connection')).toMatchObject({ code: 1001 });
  }
}

it('a replica is replaced by another under load: no command is lost, and no probe of a live one fails', async () => {
  const old = await replica();
  const balancer = new Balancer(old);
  const url = await balancer.listen();
  let isOver = false;
  const workers = Promise.all(Array.from({ length: SESSIONS }, () => work(url, 1, () => isOver)));
  await eventually(
    async () => /^cc_executor_executions_running (\d+)$/m.exec(await (await fetch(old.http('/metrics'))).text())?.[1],
    (running) => running === String(SESSIONS),
  );

  const next = await replica();
  balancer.target = next;
  const failedProbes: number[] = [];
  const probes = eventually(
    async () => {
      const { status } = await fetch(next.http('/health/live'));
      if (status !== 200) failedProbes.push(status);
    },
    () => isOver,
  );
  const asked = performance.now();
  const ending = old.end('SIGTERM', 60_000);
  await eventually(
    async () => (await fetch(old.http('/health/ready'))).status,
    (status) => status === 503,
  );
  const flippedMs = performance.now() - asked;
  expect((await fetch(old.http('/health/live'))).status).toBe(200);
  expect(await ending).toMatchObject({ code: 0 });
  await eventually(
    async () => /^cc_executor_executions_running (\d+)$/m.exec(await (await fetch(next.http('/metrics'))).text())?.[1],
    (running) => running === String(SESSIONS),
  );
  isOver = true;
  const accounts = await workers;
  await probes;
  balancer.close();

  expect(failedProbes).toEqual([]);
  expect(accounts.every(({ done }) => done >= 2)).toBe(true);
  expect(flippedMs).toBeLessThan(5000);
});
