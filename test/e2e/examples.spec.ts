import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { itPython } from './support/it-python.js';
import { type Ending, Program, ROOT, Service } from './support/service.js';

const README = readFileSync(join(ROOT, 'examples', 'README.md'), 'utf8');
const example = (name: string): string => join(ROOT, 'examples', name);

let service: Service;

beforeAll(async () => {
  service = await Service.start({ MAX_PROCESSES_PER_SESSION: '3', RESUME_GRACE: '60' });
});

afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

/** What the page of the examples says that one prints. */
function told(name: string): string {
  return new RegExp(`^\`\`\`text ${name}\n([^]*?)^\`\`\``, 'm').exec(README)?.[1] ?? `no block ${name}`;
}

async function run(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ending> {
  const program = new Program(command, environment);
  try {
    return await program.ended;
  } finally {
    program.remove();
  }
}

describe('the examples print what their page says', () => {
  it.each(['task-list', 'concurrent'])('%s', async (name) => {
    const { code, stdout, stderr } = await run([process.execPath, example(`${name}.mjs`), service.url]);

    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: told(name), stderr: '' });
  });

  it('agent, that thinks for a second here', async () => {
    const startedAt = performance.now();
    const { code, stdout } = await run([process.execPath, example('agent.mjs'), service.url, '1']);

    expect({ code, stdout }).toEqual({ code: 0, stdout: told('agent') });
    expect(performance.now() - startedAt).toBeGreaterThan(1000);
  });

  it('reconnect, killed and run again', async () => {
    const TMPDIR = mkdtempSync(join(tmpdir(), 'reconnect-'));
    const command = [process.execPath, example('reconnect.mjs'), service.url];
    const first = await run(command, { TMPDIR });
    const second = await run(command, { TMPDIR });

    expect(first).toEqual({ code: null, signal: 'SIGKILL', stdout: told('reconnect'), stderr: '' });
    expect(second).toEqual({ code: 0, signal: null, stdout: told('reconnect-again'), stderr: '' });
    expect(readdirSync(TMPDIR)).toEqual(['executor-reconnect.out']);
    rmSync(TMPDIR, { recursive: true });
  });

  it('reconnect, that is told of a byte that is not what was printed', async () => {
    const TMPDIR = mkdtempSync(join(tmpdir(), 'reconnect-'));
    const command = [process.execPath, example('reconnect.mjs'), service.url];
    await run(command, { TMPDIR });
    writeFileSync(join(TMPDIR, 'executor-reconnect.out'), 'Line 1\nline 2\nline 3\n');
    const { code, stdout } = await run(command, { TMPDIR });

    expect({ code, end: stdout.split('\n').at(-2) }).toEqual({
      code: 1,
      end: 'ended with 0: the output is not what was printed',
    });
    rmSync(TMPDIR, { recursive: true });
  });

  it('reconnect, that comes too late, and begins anew with the next run', async () => {
    const TMPDIR = mkdtempSync(join(tmpdir(), 'reconnect-'));
    const command = [process.execPath, example('reconnect.mjs'), service.url];
    const claim = { session_id: '00000000-0000-4000-8000-000000000000', resume_token: 'x', last_seq: {} };
    writeFileSync(join(TMPDIR, 'executor-reconnect.json'), JSON.stringify(claim));
    writeFileSync(join(TMPDIR, 'executor-reconnect.out'), '');
    const late = await run(command, { TMPDIR });

    expect(late).toMatchObject({ code: 1, stdout: '', stderr: 'Resume rejected {"reason":"unknown_session"}\n' });
    expect(await run(command, { TMPDIR })).toMatchObject({ stdout: told('reconnect') });
    rmSync(TMPDIR, { recursive: true });
  });

  it('detached, killed, and followed by its id', async () => {
    const first = await run([process.execPath, example('detached.mjs'), service.url]);
    const [, id = ''] = /^execution (.+)\n/.exec(first.stdout) ?? [];
    const { code, stdout, stderr } = await run([process.execPath, example('detached.mjs'), service.url, id]);

    expect(first.signal).toBe('SIGKILL');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: told('detached'), stderr: '' });
  });

  it('shell-client, by the lines of shell that stand there', async () => {
    const script = /^```sh\n([^]*?)^```/m.exec(README)?.[1] ?? 'exit 9';
    const line = script.replace('examples/shell-client.mjs', example('shell-client.mjs'));
    const { code, stdout } = await run(['sh', '-c', line], { URL: service.url });

    expect({ code, stdout }).toEqual({ code: 0, stdout: told('shell-client') });
  });

  itPython('client.py', async (python) => {
    const { code, stdout, stderr } = await run([python, example('client.py'), service.url, 'seq 3; exit 3']);

    expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: told('client'), stderr: '' });
  });

  itPython('client.py, with a token', async (python) => {
    const AUTH_TOKEN = 'the-token-of-this-example-service';
    const guarded = await Service.start({ AUTH_TOKEN });
    const { code, stdout, stderr } = await run([python, example('client.py'), guarded.url, 'seq 3; exit 3'], {
      AUTH_TOKEN,
    });

    expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: told('client'), stderr: '' });
    expect(await guarded.stop()).toBe(0);
  });
});
