import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { basename, join } from 'node:path';
import { CONTROL_SOCKET, type Greeting, LAUNCHER_PROTOCOL, SECRET_FILE, type Welcome } from '../launcher/greeting.js';
import { JsonLines } from '../launcher/json-lines.js';
import type { LauncherSettings } from '../launcher/launcher-settings.js';
import type { KeptCommand, Order, Report } from '../launcher/order.js';
import { launcherArguments } from '../launcher-arguments.js';
import type { LauncherLink } from '../launcher-link.js';
import { requirePrivate } from './detached-directory.js';

/** What the launcher says on stderr. */
const SAID_FILE = 'stderr';
/** Longest wait for the welcome of a launcher, which does little else. */
const WELCOME_MS = 5000;

/** A launcher in a session of its own, which outlives the service, and the connection to it. */
export class DetachedLauncher implements LauncherLink {
  readonly instance: string;
  readonly ended: Promise<string>;
  readonly #socket: Promise<Socket>;
  /** Set when the launcher takes orders. */
  #open: Socket | null = null;
  #orders: Order[] = [];
  #kept: readonly KeptCommand[] = [];
  /** What was reported before it is to be; null once it is. */
  #held: Report[] | null;

  private constructor(
    private readonly directory: string,
    private readonly onReport: (report: Report) => void,
    listening: Promise<unknown>,
    isHeld = false,
  ) {
    this.#held = isHeld ? [] : null;
    this.instance = basename(directory);
    this.#socket = listening.then(() => this.#join());
    this.ended = this.#socket.then(
      async (socket) => {
        if (!socket.closed) await once(socket, 'close');
        return this.#said() ?? 'its connection has ended';
      },
      (error: unknown) => this.#said() ?? (error instanceof Error ? error.message : String(error)),
    );
  }

  /**
   * Starts a launcher with a directory of its own; orders may be given at once.
   * @param launchers the directory of all
   * @throws the system's error
   */
  static start(
    launchers: string,
    environment: Readonly<Record<string, string>>,
    settings: LauncherSettings,
    onReport: (report: Report) => void,
  ): DetachedLauncher {
    const instance = randomUUID();
    const directory = join(launchers, instance);
    mkdirSync(directory, { mode: 0o700 });
    writeFileSync(join(directory, SECRET_FILE), randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
    const said = openSync(join(directory, SAID_FILE), 'w', 0o600);
    const child = spawn(process.execPath, launcherArguments(directory, instance, settings), {
      detached: true,
      cwd: '/',
      env: { ...environment },
      stdio: ['ignore', 'pipe', said],
    });
    closeSync(said);
    return new DetachedLauncher(directory, onReport, listens(child));
  }

  /**
   * Connects to a launcher that another service has started. Nothing is reported before `flow`.
   * @throws Error where it is dead, another service's, of another version, or not this user's
   */
  static async find(directory: string, onReport: (report: Report) => void): Promise<DetachedLauncher> {
    requirePrivate(directory);
    const launcher = new DetachedLauncher(directory, onReport, Promise.resolve(), true);
    await launcher.#socket;
    return launcher;
  }

  /** What it ran when the connection began. */
  get kept(): readonly KeptCommand[] {
    return this.#kept;
  }

  /** Reports what has come since, and what will. */
  flow(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const report of held) this.onReport(report);
  }

  order(order: Order): void {
    if (this.#open === null) this.#orders.push(order);
    else this.#open.write(`${JSON.stringify(order)}\n`);
  }

  async end(): Promise<void> {
    try {
      const socket = await this.#socket;
      // What was ordered last is on its way first.
      socket.end();
      await this.ended;
    } catch {
      // It is gone already, as `ended` tells.
    }
  }

  async #join(): Promise<Socket> {
    const fd = openSync(this.directory, 'r');
    const socket = createConnection(`/proc/self/fd/${String(fd)}/${CONTROL_SOCKET}`);
    try {
      await once(socket, 'connect');
    } finally {
      closeSync(fd);
    }
    const secret = readFileSync(join(this.directory, SECRET_FILE), 'utf8');
    const greeting: Greeting = { protocol: LAUNCHER_PROTOCOL, secret };
    socket.write(`${JSON.stringify(greeting)}\n`);
    const { refusal, ...welcome } = await this.#welcome(socket);
    if (refusal !== null) {
      socket.destroy();
      throw new Error(REFUSALS[refusal]);
    }
    if ('kept' in welcome) this.#kept = welcome.kept;
    for (const order of this.#orders) socket.write(`${JSON.stringify(order)}\n`);
    this.#orders = [];
    this.#open = socket;
    return socket;
  }

  /** The first line; those that follow are reports. */
  #welcome(socket: Socket): Promise<Welcome> {
    return new Promise((resolve, reject) => {
      const tooLong = setTimeout(() => socket.destroy(new Error('it does not answer')), WELCOME_MS);
      let isGreeted = false;
      const lines = new JsonLines<Welcome | Report>((line) => {
        if (isGreeted) this.#report(line as Report);
        else {
          isGreeted = true;
          clearTimeout(tooLong);
          resolve(line as Welcome);
        }
      });
      socket.setEncoding('utf8').on('data', (text: string) => {
        lines.push(text);
      });
      socket.on('error', reject);
      socket.once('close', () => {
        clearTimeout(tooLong);
        reject(new Error('it has closed the connection'));
      });
    });
  }

  #report(report: Report): void {
    if (this.#held === null) this.onReport(report);
    else this.#held.push(report);
  }

  /** What it said last, where its directory is there still. */
  #said(): string | null {
    try {
      return readFileSync(join(this.directory, SAID_FILE), 'utf8').slice(-2000).trim() || null;
    } catch {
      return null;
    }
  }
}

const REFUSALS = {
  protocol: 'it is of another version',
  secret: 'it has another secret',
  taken: 'another service has it',
} as const;

/** Settles when a new launcher can be connected to. */
function listens(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`ended with ${signal ?? `code ${String(code)}`}`));
    });
    child.stdout?.once('data', () => {
      child.stdout?.destroy();
      // It goes on when this process ends.
      child.unref();
      resolve();
    });
  });
}
