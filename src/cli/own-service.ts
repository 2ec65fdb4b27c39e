import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

/** A service started for one command, on a free loopback port. */
export class OwnService {
  private constructor(
    readonly url: string,
    /** Lets in whoever started the service, and no one else. */
    readonly token: string,
    private readonly child: ChildProcess,
  ) {}

  /**
   * @param variables of its environment, beside or in place of this program's
   * @throws where it does not come up, with what it said
   */
  static async start(variables: Readonly<Record<string, string>> = {}): Promise<OwnService> {
    const token = randomBytes(32).toString('base64url');
    const child = spawn(process.execPath, [MAIN], {
      // Of its own group, so that a Ctrl-C reaches the command through the service and not the service itself.
      detached: true,
      env: {
        ...process.env,
        ...variables,
        HOST: '127.0.0.1',
        PORT: '0',
        LOG_LEVEL: 'info',
        AUTH_TOKEN: token,
        AUTH_TOKENS_FILE: '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          said.push(line);
          const found = /Listening on (ws:\/\/[^\s"]+)/.exec(line)?.[1];
          if (found !== undefined) resolve(found);
        });
      }
      child.once('exit', () => {
        reject(new Error(`The service does not start:\n${said.join('\n')}`));
      });
    });
    return new OwnService(url, token, child);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}
