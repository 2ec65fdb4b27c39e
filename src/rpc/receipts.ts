import type { WebSocket } from 'ws';

/** Pings whose answers are waited for at most; the answer to a later one stands for all before it. */
const MAX_PINGS = 1024;

interface Ping {
  readonly number: number;
  readonly awaited: Map<object, Awaited>;
}

interface Awaited {
  readonly isStrict: boolean;
  readonly received: () => void;
}

/**
 * Tells when a client has received what was sent: it answers pings in order (RFC 6455, section 5.5.3), so that the answer
 * to a numbered one proves all frames before it, where being sent proves nothing. Of a client that has never answered any, that
 * the network has taken the ping counts, but for what is asked for strictly.
 */
export class Receipts {
  #lastNumber = 0;
  #unpinged = new Map<object, Awaited>();
  #pings: Ping[] = [];
  #hasAnswered = false;

  constructor(private readonly webSocket: WebSocket) {
    webSocket.on('pong', (payload: Buffer) => {
      const number = numberIn(payload);
      if (number === null || number > this.#lastNumber) return;
      this.#hasAnswered = true;
      this.#confirm(number, true);
    });
    webSocket.on('close', () => {
      this.#unpinged.clear();
      this.#pings = [];
    });
  }

  /** True while something was sent that no ping has followed. */
  get isDue(): boolean {
    return this.#unpinged.size > 0;
  }

  /**
   * Calls back once the client has received all that was sent so far. Before the next ping, a call with the same key takes
   * the place of the one before.
   */
  expect(key: object, received: () => void, isStrict = false): void {
    this.#unpinged.set(key, { isStrict, received });
  }

  ping(): void {
    const number = ++this.#lastNumber;
    if (this.#unpinged.size > 0 && this.#pings.length < MAX_PINGS) {
      this.#pings.push({ number, awaited: this.#unpinged });
      this.#unpinged = new Map();
    }
    this.webSocket.ping(String(number), false, (error?: Error | null) => {
      if (error == null && !this.#hasAnswered) this.#confirm(number, false);
    });
  }

  #confirm(number: number, isProof: boolean): void {
    for (const { awaited } of this.#pings.filter((ping) => ping.number <= number)) {
      for (const [key, { isStrict, received }] of awaited) {
        if (isStrict && !isProof) continue;
        awaited.delete(key);
        received();
      }
    }
    this.#pings = this.#pings.filter((ping) => ping.number > number || ping.awaited.size > 0);
  }
}

/** The number a ping of ours has, or null where it is somebody else's. */
function numberIn(payload: Buffer): number | null {
  const text = payload.toString('latin1');
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}
