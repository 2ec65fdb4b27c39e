import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { Relay } from './relay.js';
import type { SeededRandom } from './seeded-random.js';

/** What can happen to a connection. */
const FAULTS = [
  'reset',
  'truncate',
  'vanish',
  'black-hole',
  'mute-client',
  'mute-service',
  'half-close-client',
  'half-close-service',
  'freeze',
  'delay',
  'trickle',
] as const;

export type Fault = (typeof FAULTS)[number];

interface Plan {
  readonly fault: Fault;
  /** Bytes of the service after which it happens; else after that time. */
  readonly afterBytes: number | null;
  readonly afterMs: number;
}

/** These leave the connection usable: another fault follows. */
const PASSING: readonly Fault[] = ['freeze', 'delay', 'trickle'];
const MOST_BYTES = 300_000;
const MOST_MS = 600;
const LONGEST_FREEZE_MS = 800;
const LONGEST_DELAY_MS = 60;

/**
 * A TCP proxy that does harm: each of the first connections suffers one fault at a random point, the later ones none. Which
 * service a connection leads to is random too. Everything follows from the random numbers it is given, but for time.
 */
export class Nemesis {
  /** What was done, in order. */
  readonly deeds: Fault[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #path: string;

  private constructor(
    private readonly services: readonly URL[],
    private readonly random: SeededRandom,
    private left: number,
  ) {
    this.#path = services[0]?.pathname ?? '/';
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      this.#relay(client);
    });
  }

  /** Stands before the services at these URLs, and harms that many connections. */
  static async start(urls: readonly string[], random: SeededRandom, count: number): Promise<Nemesis> {
    const nemesis = new Nemesis(
      urls.map((url) => new URL(url)),
      random,
      count,
    );
    nemesis.#server.listen(0, '127.0.0.1');
    await once(nemesis.#server, 'listening');
    return nemesis;
  }

  get url(): string {
    return `ws://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}${this.#path}`;
  }

  /** Resets every connection there is. */
  resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #relay(client: Socket): void {
    const { hostname, port } = this.random.pick(this.services);
    const service = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const relay = new Relay(client, service);
    for (const socket of [client, service]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      // The end of one is the end of the other; what was on its way may be lost, as with any cut.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        relay.closed(socket);
      });
    }
    if (this.left > 0) {
      this.left -= 1;
      this.#harm(relay);
    }
  }

  #harm(relay: Relay): void {
    const plan = this.#plan();
    const strike = (): void => {
      // It may have ended before.
      if (relay.isOver) return;
      this.deeds.push(plan.fault);
      this.#strike(relay, plan.fault);
      if (PASSING.includes(plan.fault)) this.#harm(relay);
    };
    if (plan.afterBytes === null) this.#after(plan.afterMs, strike);
    else relay.afterBytes(plan.afterBytes, strike);
  }

  #plan(): Plan {
    const isByBytes = this.random.uniform() < 0.6;
    return {
      fault: this.random.pick(FAULTS),
      afterBytes: isByBytes ? this.random.magnitude(1, MOST_BYTES) : null,
      afterMs: this.random.integer(0, MOST_MS),
    };
  }

  #strike(relay: Relay, fault: Fault): void {
    const { client, service } = relay;
    switch (fault) {
      case 'reset':
        client.resetAndDestroy();
        service.resetAndDestroy();
        break;
      case 'truncate':
        client.destroySoon();
        service.destroySoon();
        break;
      case 'vanish':
        // The service is not told: to it the client is just silent.
        relay.detach();
        client.resetAndDestroy();
        break;
      case 'black-hole':
        relay.detach();
        break;
      case 'mute-client':
        relay.mute(client);
        break;
      case 'mute-service':
        relay.mute(service);
        break;
      case 'half-close-client':
        relay.mute(service);
        client.end();
        break;
      case 'half-close-service':
        relay.mute(client);
        service.end();
        break;
      case 'freeze':
        relay.hold();
        this.#after(this.random.integer(10, LONGEST_FREEZE_MS), () => {
          relay.release();
        });
        break;
      case 'delay':
        relay.delayMs = this.random.integer(1, LONGEST_DELAY_MS);
        break;
      case 'trickle':
        relay.pieceBytes = this.random.integer(1, 40);
        break;
    }
  }

  #after(ms: number, what: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      what();
    }, ms);
    this.#timers.add(timer);
  }
}
