import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { validate } from 'dockerfile-utils';
import { Client, disconnectAll, refusal } from './support/client.js';
import { within } from './support/eventually.js';
import { hasInit, Image, imageFault } from './support/image.js';
import { Program, ROOT } from './support/service.js';

jest.setTimeout(180_000);

const TOKEN = 'a-token-of-the-tests-1';

it('the Dockerfile has nothing that a linter finds', () => {
  expect(validate(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))).toEqual([]);
});

(imageFault === null ? describe : describe.skip)('the image', () => {
  let image: Image;
  let container: Program | undefined;

  beforeAll(() => {
    image = new Image();
    image.build();
  });

  afterEach(async () => {
    disconnectAll();
    if (container !== undefined) {
      signal(container, 'SIGKILL');
      await within(container.ended, 'the end');
      container.remove();
    }
    container = undefined;
  });

  afterAll(() => {
    image.remove();
  });

  /** To the first process of a container, as its runtime does it. */
  function signal({ pid }: Program, name: NodeJS.Signals): void {
    const first = Number(spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).stdout);
    if (first > 0) process.kill(first, name);
  }

  async function start(environment: Readonly<Record<string, string>>): Promise<number> {
    container = new Program(image.run({ PORT: '0', ...environment }), {});
    const [, port] = await container.prints(/Listening on ws:\/\/0\.0\.0\.0:(\d+)\//);
    return Number(port);
  }

  it('runs commands as a user without rights in a root file system that is read-only', async () => {
    const port = await start({ AUTH_TOKEN: TOKEN });
    const url = `ws://127.0.0.1:${String(port)}/ws/mcp`;
    expect(await refusal(url)).toMatchObject({ status: 401 });

    const client = await Client.connect(url, { headers: { authorization: `Bearer ${TOKEN}` } });
    const { stdout, completed } = await client.run({
      command:
        'id -u; pwd; echo kept > file; cat file; for f in /app/x /usr/x /etc/x; do touch "$f" 2>/dev/null && echo "$f"; done; echo tmp > /tmp/x && cat /tmp/x; grep CapEff /proc/self/status',
    });
    expect(stdout).toBe('10001\n/workspace\nkept\ntmp\nCapEff:\t0000000000000000\n');
    expect(completed).toMatchObject({ status: 'completed' });
  });

  (hasInit ? it : it.skip)('shows no command its token, neither in the service nor in what started it', async () => {
    const port = await start({ AUTH_TOKEN: TOKEN });
    const client = await Client.connect(`ws://127.0.0.1:${String(port)}/ws/mcp`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const { stdout, stderr } = await client.run({
      command:
        'cat /proc/1/comm; for e in /proc/[0-9]*/environ; do tr "\\0" "\\n" < "$e"; done | grep -ac TOKEN=a-token',
    });

    expect(stdout).toBe('tini\n0\n');
    expect(stderr).toMatch(/\/proc\/1\/environ: Permission denied/);
  });

  it('is asked by its own healthcheck whether it is well', async () => {
    const port = String(await start({ AUTH_TOKEN: TOKEN }));
    const ask = (asked: string): number | null => {
      const [file = '', ...args] = image.healthcheck({ PORT: asked });
      return spawnSync(file, args, { timeout: 10_000 }).status;
    };

    expect(ask(port)).toBe(0);
    expect(ask('1')).toBe(1);
  });

  it('passes SIGTERM on, and tells its clients', async () => {
    const port = await start({ AUTH_TOKEN: TOKEN });
    const started = container as Program;
    const client = await Client.connect(`ws://127.0.0.1:${String(port)}/ws/mcp`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const execution = await client.execute({ command: 'sleep 1000' });
    signal(started, 'SIGTERM');

    expect(await execution.completed()).toMatchObject({ reason: 'shutdown' });
    expect(await within(started.ended, 'the end')).toMatchObject({ code: 0 });
  });

  it('does not start without a token, and says what it needs', async () => {
    container = new Program(image.run(), {});

    expect(await within(container.ended, 'the end')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('HOST: "0.0.0.0" needs AUTH_TOKEN or AUTH_TOKENS_FILE'),
    });
  });

  it('adds less than 50 MB to the base image and Node', () => {
    expect(image.appBytes).toBeLessThan(50_000_000);
  });
});
