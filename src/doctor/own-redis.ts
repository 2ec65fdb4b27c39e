import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findExecutable } from '../config/find-executable.js';

/** A redis-server for one check, on a socket of its own, which keeps nothing. */
export class OwnRedis {
  private constructor(
    /** The path of its socket, as REDIS_URL takes it. */
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /** Starts one; null where there is no redis-server. @throws where it does not come up, with what it said */
  static async start(path: string | undefined, directory: string): Promise<OwnRedis | null> {
    const program = findExecutable('redis-server', path);
    if (program === null) return null;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const socket = join(directory, 'redis.sock');
    const settings = ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no', '--dir', directory];
    const child = spawn(program, settings, { stdio: ['ignore', 'pipe', 'ignore'] });
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => {
        reject(new Error(`redis-server does not start: ${said.slice(-3).join('; ')}`));
      });
      createInterface({ input: child.stdout }).on('line', (line) => {
        said.push(line);
        if (/ready to accept connections/i.test(line)) resolve();
      });
    });
    return new OwnRedis(socket, child);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
