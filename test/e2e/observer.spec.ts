import { createHash } from 'node:crypto';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, disconnectAll } from './support/client.js';
import { Service } from './support/service.js';

const CONTROLLER = 'controller-token-of-this-test';
const OBSERVER = 'observer-token-of-this-test';

let directory: string;
let service: Service;

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

async function connect(token: string): Promise<Client> {
  return Client.connect(service.url, { headers: { Authorization: `Bearer ${token}` } });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tokens-'));
  const file = join(directory, 'tokens.yaml');
  writeFileSync(
    file,
    [
      `- { name: ops, role: controller, sha256: ${digest(CONTROLLER)} }`,
      `- { name: screen, role: observer, sha256: ${digest(OBSERVER)} }`,
    ].join('\n'),
    { mode: 0o600 },
  );
  service = await Service.start({ AUTH_TOKENS_FILE: file });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
  rmSync(directory, { recursive: true });
});

afterEach(disconnectAll);

describe('an observer', () => {
  it.each([
    ['execute', { command: 'true' }],
    ['control', { type: 'CANCEL' }],
    ['input', { data: 'x' }],
    ['extend', { timeout: 5 }],
  ])('may not %s', async (method, params) => {
    const client = await connect(OBSERVER);

    expect(await client.failure(method, params)).toEqual({
      code: -32002,
      message: `Command '${method}' is not allowed`,
      data: { command: method, rule: 'observer' },
    });
  });

  it.each([
    ['list', {}],
    ['ping', {}],
    ['estimate', { command: 'true' }],
    ['validate_timeout', { command: 'true', timeout: 5 }],
  ])('may %s', async (method, params) => {
    const client = await connect(OBSERVER);

    await expect(client.request(method, params)).resolves.toEqual(expect.any(Object));
  });

  it('starts nothing by a notification either', async () => {
    const client = await connect(OBSERVER);
    const heard = await client.after(() => {
      client.notify('execute', { command: 'true' });
    });

    expect(heard).toEqual([]);
  });
});

describe('a controller', () => {
  it('may do all of it', async () => {
    const client = await connect(CONTROLLER);

    expect((await client.run({ command: 'echo hi' })).stdout).toBe('hi\n');
  });
});
