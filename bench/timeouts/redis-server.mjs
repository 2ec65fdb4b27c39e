import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { within } from '../harness/clock.mjs';

const READY_WITHIN_MS = 5000;

/** A redis-server of one's own in memory, on a free port; null where there is none on PATH. */
export class RedisServer {
  static async start(directory) {
    const port = await freePort();
    const settings = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory];
    const child = spawn('redis-server', settings.map(String), { stdio: ['ignore', 'pipe', 'ignore'] });
    process.once('exit', () => child.kill('SIGKILL'));
    const failed = once(child, 'error').then(([error]) => error);
    const ready = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.includes('Ready to accept connections')) resolve(null);
      });
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
    });
    const error = await within(READY_WITHIN_MS, Promise.race([ready, failed]), 'redis-server');
    if (error?.code === 'ENOENT') return null;
    if (error !== null) throw error;
    return new RedisServer(child, `redis://127.0.0.1:${port}`);
  }

  constructor(child, url) {
    this.child = child;
    this.url = url;
  }

  async stop() {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
