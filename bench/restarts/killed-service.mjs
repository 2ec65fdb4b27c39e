import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A service with detached commands, on one port and one directory, that is killed and started again. */
export class KilledService {
  #child = null;
  #said = '';

  constructor(port, directory) {
    this.port = port;
    this.directory = directory;
  }

  static async on(directory) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return new KilledService(port, directory);
  }

  get url() {
    return `ws://127.0.0.1:${this.port}/ws/mcp`;
  }

  /** What the last one has written. */
  get said() {
    return this.#said;
  }

  start() {
    const { PATH, HOME } = process.env;
    const settings = { LAUNCHER: 'detached', LAUNCHER_TTL: '60', MAX_PROCESSES_PER_SESSION: '40', LOG_LEVEL: 'warn' };
    this.#said = '';
    this.#child = spawn(process.execPath, [MAIN], {
      env: {
        PATH,
        HOME,
        LANG: 'C.UTF-8',
        HOST: '127.0.0.1',
        PORT: String(this.port),
        DATA_DIR: this.directory,
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (this.#said = (this.#said + text).slice(-4000)));
  }

  async end(signal) {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
}
