import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { InstalledClient } from '../support/installed-client.js';
import { ROOT, Service } from './support/service.js';

jest.setTimeout(60_000);

const run = promisify(execFile);
const DOCUMENT = readFileSync(join(ROOT, 'docs', 'client.md'), 'utf8');
const EXAMPLES = [...DOCUMENT.matchAll(/```js\n(.*?)```\n\n```text\n(.*?)```/gs)].map(
  ([, code = '', printed = '']) => ({
    code,
    printed,
  }),
);

let service: Service;
let project: InstalledClient;

beforeAll(async () => {
  project = new InstalledClient();
  service = await Service.start();
});

afterAll(async () => {
  project.remove();
  expect(await service.stop()).toBe(0);
});

async function node(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, args, { cwd: project.directory, timeout: 30_000 });
}

describe('the packed client library', () => {
  it.each(EXAMPLES.map(({ code, printed }, index) => [index + 1, code, printed] as const))(
    'does what example %i of its page says',
    async (index, code, printed) => {
      expect(code).toContain('ws://127.0.0.1:8003/ws/mcp');
      const file = project.write(`example-${index}.mjs`, code.replace('ws://127.0.0.1:8003/ws/mcp', service.url));

      expect(await node([file])).toEqual({ stdout: printed, stderr: '' });
    },
  );

  it('has types that hold for a project without those of Node', async () => {
    project.write(
      'user.ts',
      `import { type ExecutionEvent, type Exit, ExecutorClient, RpcError } from 'cc-executor/client';
       const client: ExecutorClient = await ExecutorClient.connect('ws://x', { WebSocket, token: 't' });
       const execution = await client.execute({ argv: ['ls'], output: { mode: 'chunk' } });
       const show = (event: ExecutionEvent): string => (event.type === 'output' ? event.data : event.type);
       for await (const event of execution) show(event);
       const exit: Exit = await execution.done;
       export const code: number | null = exit.exit_code;
       export const wait = (error: unknown): number =>
         RpcError.is(error, 'rate-limit') ? (error.data?.retry_after ?? 0) : 0;
       // @ts-expect-error: it is a string
       void client.attach(1);
      `,
    );
    project.write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          ...{ strict: true, noEmit: true, target: 'es2022', lib: ['es2022', 'dom'], types: [] },
          ...{ module: 'esnext', moduleResolution: 'bundler', skipLibCheck: false },
        },
        files: ['user.ts'],
      }),
    );

    await expect(
      node([join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']),
    ).resolves.toMatchObject({ stdout: '' });
  });

  it('exports nothing else', async () => {
    const file = project.write('other.mjs', `await import('cc-executor/dist/main.js');`);

    await expect(node([file])).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('imports nothing of Node, and of packages two', () => {
    const directory = join(project.directory, 'node_modules', 'cc-executor', 'dist', 'client');
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    const imported = files
      .flatMap((file) => [...readFileSync(join(directory, file), 'utf8').matchAll(/(?:from |import\()'([^.'][^']*)'/g)])
      .map(([, name]) => name);

    expect(files.length).toBeGreaterThan(10);
    expect(new Set(imported)).toEqual(new Set(['ws', '@noble/hashes/sha2.js']));
  });

  it('works without the package ws, and without the digests of Node, where there is a WebSocket', async () => {
    project.without('ws');
    const file = project.write(
      'platform.mjs',
      `import { ExecutorClient } from 'cc-executor/client';
       delete globalThis.process.getBuiltinModule;
       const client = await ExecutorClient.connect(${JSON.stringify(service.url)}, { bufferBytes: 100_000 });
       const execution = await client.execute({ command: 'seq 1 200000', output: { encoding: 'base64' } });
       let bytes = 0;
       for await (const piece of execution.output()) bytes += piece.bytes.length;
       console.log(bytes, (await execution.done).verified.stdout);
       await client.close();`,
    );

    expect(await node(['--experimental-websocket', file])).toMatchObject({ stdout: '1288895 true\n' });
  });
});
