import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { eventually, within } from '../e2e/support/eventually.js';
import { processRow } from '../e2e/support/proc.js';

export interface RedisOptions {
  readonly password?: string;
  /** Bytes; what goes beyond is refused. */
  readonly maxMemoryBytes?: number;
  /** Any free one where none is given. */
  readonly port?: number;
}

/** A redis-server of a test's own, on 127.0.0.1, which keeps nothing on disk. */
export class RedisServer {
  /** The program's path; null where it is not installed. */
  static readonly program = find('redis-server');

  private readonly directory = mkdtempSync(join(tmpdir(), 'redis-'));
  private child: ChildProcess | null = null;
  private exited: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly port: number,
    private readonly options: RedisOptions,
  ) {}

  /** Resolves when it takes connections. */
  static async start(options: RedisOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(options.port ?? (await RedisServer.freePort()), options);
    await server.run();
    return server;
  }

  /** A port on which nothing listens. */
  static async freePort(): Promise<number> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const address = probe.address();
    probe.close();
    await once(probe, 'close');
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** With the password it was started with. */
  get url(): string {
    const { password } = this.options;
    return `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${this.port}`;
  }

  /** Starts it again, on the same port, with nothing in it. */
  async restart(): Promise<void> {
    await this.kill();
    await this.run();
  }

  /** Stops it for good. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** SIGKILL; resolves when it is dead. */
  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.exited;
  }

  /** SIGSTOP: connections stay, and new ones are taken by the kernel, but nothing answers. Resolves when it stands. */
  async freeze(): Promise<void> {
    const { child } = this;
    child?.kill('SIGSTOP');
    await eventually(
      () => processRow(child?.pid ?? 0)?.state,
      (state) => state === 'T',
    );
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** The answer to one command, on a connection of its own; rejects with the server's error. */
  async cli(command: string, ...args: (string | Buffer | number)[]): Promise<unknown> {
    const { password } = this.options;
    const client = new Redis({
      host: '127.0.0.1',
      port: this.port,
      ...(password === undefined ? {} : { password }),
      retryStrategy: null,
    });
    client.on('error', () => undefined);
    try {
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }

  private async run(): Promise<void> {
    if (RedisServer.program === null) throw new Error('redis-server is not installed');
    const { password, maxMemoryBytes } = this.options;
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.directory, '--save', ''];
    args.push('--appendonly', 'no', '--enable-debug-command', 'yes', '--repl-diskless-sync-delay', '0');
    if (password !== undefined) args.push('--requirepass', password);
    if (maxMemoryBytes !== undefined)
      args.push('--maxmemory', String(maxMemoryBytes), '--maxmemory-policy', 'noeviction');
    const child = spawn(RedisServer.program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child = child;
    this.exited = once(child, 'exit');
    const lines = createInterface(child.stdout);
    const ready = new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        if (line.includes('Ready to accept connections')) resolve();
      });
      child.once('exit', (code) => {
        reject(new Error(`redis-server ended with ${code}`));
      });
    });
    await within(ready, 'redis-server');
  }
}

function find(program: string): string | null {
  const paths = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, program));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
