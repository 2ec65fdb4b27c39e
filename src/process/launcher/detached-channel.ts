import { timingSafeEqual } from 'node:crypto';
import { chmodSync, closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { CONTROL_SOCKET, type Greeting, LAUNCHER_PROTOCOL, SECRET_FILE, type Welcome } from './greeting.js';
import { JsonLines } from './json-lines.js';
import type { KeptCommand, Order, Report } from './order.js';
import type { ChannelListener, ServiceChannel } from './service-channel.js';

/** What such a channel tells and asks. */
export interface DetachedListener extends ChannelListener<Order> {
  /** A service is there. @returns what it finds */
  joined(): readonly KeptCommand[];
}

/** Longest wait for the greeting of one who has connected. */
const GREETING_MS = 5000;

/**
 * The way to whichever service knows the secret: a socket in the launcher's directory, which only its user can reach. One
 * service at a time; another is refused.
 */
export class DetachedChannel implements ServiceChannel {
  readonly #secret: Buffer;
  readonly #server: Server;
  #service: Socket | null = null;

  /** @param onListening called when services can connect */
  constructor(
    directory: string,
    private readonly listener: DetachedListener,
    onListening: () => void,
  ) {
    this.#secret = readFileSync(join(directory, SECRET_FILE));
    this.#server = createServer((socket) => {
      this.#admit(socket);
    });
    // By a short name, whatever the length of the directory's.
    const fd = openSync(directory, 'r');
    this.#server.listen(`/proc/self/fd/${String(fd)}/${CONTROL_SOCKET}`, () => {
      closeSync(fd);
      chmodSync(join(directory, CONTROL_SOCKET), 0o600);
      onListening();
    });
  }

  tell(report: Report): void {
    this.#service?.write(`${JSON.stringify(report)}\n`);
  }

  close(): void {
    this.#server.close();
    this.#service?.destroy();
  }

  #admit(socket: Socket): void {
    const tooLong = setTimeout(() => socket.destroy(), GREETING_MS);
    let isWelcome = false;
    const lines = new JsonLines<Greeting | Order>((line) => {
      if ('order' in line) {
        if (isWelcome) this.listener.ordered(line);
        return;
      }
      clearTimeout(tooLong);
      isWelcome = this.#greet(socket, line);
    });
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      try {
        lines.push(text);
      } catch {
        // What is no JSON is no service of ours.
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(tooLong);
      if (this.#service !== socket) return;
      this.#service = null;
      this.listener.left();
    });
  }

  /** @returns whether the service is the one from here on */
  #greet(socket: Socket, { protocol, secret }: Greeting): boolean {
    const welcome = this.#welcome(protocol, secret);
    const text = `${JSON.stringify(welcome)}\n`;
    if (welcome.refusal !== null) {
      socket.end(text);
      return false;
    }
    this.#service = socket;
    socket.write(text);
    return true;
  }

  #welcome(protocol: number, secret: unknown): Welcome {
    if (typeof secret !== 'string' || !isSame(Buffer.from(secret), this.#secret)) return { refusal: 'secret' };
    if (protocol !== LAUNCHER_PROTOCOL) return { refusal: 'protocol' };
    if (this.#service !== null) return { refusal: 'taken' };
    return { refusal: null, kept: this.listener.joined() };
  }
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
