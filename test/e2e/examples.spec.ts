import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Ending, Program, ROOT, Service } from './support/service.js';

const README = readFileSync(join(ROOT, 'examples', 'README.md'), 'utf8');
const example = (name: string): string => join(ROOT, 'examples', name);

let service: Service;

beforeAll(async () => {
  service = await Service.start({ MAX_PROCESSES_PER_SESSION: '3' });
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

function hasWebsockets(): boolean {
  try {
    execFileSync('python3', ['-c', 'import websockets'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
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

  it('shell-client, by the lines of shell that stand there', async () => {
    const script = /^```sh\n([^]*?)^```/m.exec(README)?.[1] ?? 'exit 9';
    const line = script.replace('examples/shell-client.mjs', example('shell-client.mjs'));
    const { code, stdout } = await run(['sh', '-c', line], { URL: service.url });

    expect({ code, stdout }).toEqual({ code: 0, stdout: told('shell-client') });
  });

  (hasWebsockets() ? it : it.skip)('client.py (needs the package websockets)', async () => {
    const { code, stdout } = await run(['python3', example('client.py'), service.url, 'seq 3; exit 3']);

    expect({ code, stdout }).toEqual({ code: 3, stdout: told('client') });
  });
});
