import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { descendants, mark, markedGone, residentBytes } from './support/proc.js';
import { Service } from './support/service.js';
import type { Frame } from './support/wire.js';

jest.setTimeout(60_000);

let service: Service;

afterEach(disconnectAll);

describe('a batch of five million requests', () => {
  it('holds nobody up and fills no memory', async () => {
    service = await Service.start();
    try {
      const [client, other] = await Promise.all([Client.connect(service.url), Client.connect(service.url)]);
      client.send(`[${'1,'.repeat(5_000_000)}1]`);

      for (let round = 0; round < 10; round++) expect(await other.request('ping')).toMatchObject({ pong: true });
      expect((await other.run({ command: 'sleep 1; echo usable' })).stdout).toBe('usable\n');
      expect(residentBytes(service.pid)).toBeLessThan(1_000_000_000);
    } finally {
      await service.end('SIGKILL');
      service.remove();
    }
  });
});

describe('a service that runs out of file descriptors', () => {
  beforeAll(async () => {
    service = await Service.start({ MAX_PROCESSES_PER_SESSION: '100' });
    for (const pid of [service.pid, ...descendants(service.pid).map((row) => row.pid)]) {
      expect(spawnSync('prlimit', ['--pid', String(pid), '--nofile=80:80']).status).toBe(0);
    }
  });

  afterAll(async () => {
    expect(await service.stop()).toBe(0);
  });

  it('refuses the start with -32008, and starts again when some are free', async () => {
    const client = await Client.connect(service.url);
    const { id, env } = mark();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => client.call('execute', { command: 'sleep 1000', env })),
    );

    const refused = answers.filter(({ error }) => error !== undefined);
    expect(refused.length).toBeGreaterThan(0);
    for (const { error } of refused) {
      expect(error).toMatchObject({
        code: -32008,
        message: 'Resource limit exceeded',
        data: { resource: expect.any(String), retryable: true },
      });
    }
    const executionOf = (answer: Frame): string => (answer.result as { execution_id: string }).execution_id;
    for (const answer of answers.filter(({ result }) => result !== undefined)) {
      await client.request('control', { type: 'CANCEL', execution_id: executionOf(answer) });
    }
    await markedGone(id);
    expect((await client.run({ command: 'echo usable' })).stdout).toBe('usable\n');
  });
});
