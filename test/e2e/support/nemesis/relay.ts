import type { Socket } from 'node:net';

/** One connection through the proxy. */
export class Relay {
  /** Each chunk waits that long. */
  delayMs = 0;
  /** The next chunks are written in pieces of that size; null = as they come. */
  pieceBytes: number | null = null;
  #passed = 0;
  #strike: { readonly afterBytes: number; readonly what: () => void } | null = null;
  #isDetached = false;
  /** What came from a side and is to be done, in order. */
  readonly #waiting = new Map<Socket, { readonly what: () => void; readonly dueAt: number }[]>();

  constructor(
    readonly client: Socket,
    readonly service: Socket,
  ) {
    this.#join(client, service);
    this.#join(service, client);
  }

  get isOver(): boolean {
    return this.client.destroyed || this.service.destroyed;
  }

  /** Once that many more bytes of the service have passed. */
  afterBytes(afterBytes: number, what: () => void): void {
    this.#strike = { afterBytes: this.#passed + afterBytes, what };
  }

  /** Nothing passes any more, and neither side hears of the other's end. */
  detach(): void {
    this.#isDetached = true;
    this.mute(this.client);
    this.mute(this.service);
  }

  /** Nothing of this side passes any more: it is not even taken. */
  mute(side: Socket): void {
    side.removeAllListeners('data');
    side.removeAllListeners('end');
    side.pause();
  }

  hold(): void {
    this.client.pause();
    this.service.pause();
  }

  release(): void {
    this.client.resume();
    this.service.resume();
  }

  closed(side: Socket): void {
    if (this.#isDetached) return;
    const other = side === this.client ? this.service : this.client;
    if (side.errored === null) other.destroySoon();
    else other.resetAndDestroy();
  }

  #join(from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      if (from === this.service) this.#passed += chunk.length;
      const over = this.#strike === null || from === this.client ? -1 : this.#passed - this.#strike.afterBytes;
      if (over < 0) {
        this.#write(from, to, chunk);
        return;
      }
      // The cut goes through the middle of whatever this is.
      this.#write(from, to, chunk.subarray(0, chunk.length - over));
      const { what } = this.#strike ?? {};
      this.#strike = null;
      what?.();
      if (from.listenerCount('data') > 0) this.#write(from, to, chunk.subarray(chunk.length - over));
    });
    from.on('end', () => {
      this.#later(from, () => to.end());
    });
  }

  #write(from: Socket, to: Socket, chunk: Buffer): void {
    if (chunk.length === 0) return;
    const size = this.pieceBytes ?? chunk.length;
    // Some pieces are enough; a megabyte of them would take for ever.
    this.pieceBytes = null;
    const small = chunk.subarray(0, size * 50);
    this.#later(from, () => {
      if (!to.writable) return;
      for (let at = 0; at < small.length; at += size) to.write(small.subarray(at, at + size));
      if (small.length < chunk.length) to.write(chunk.subarray(small.length));
      if (to.writableLength < 262_144) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
  }

  /** In order, whatever the delays: TCP never turns anything round. */
  #later(from: Socket, what: () => void): void {
    const waiting = this.#waiting.get(from) ?? [];
    this.#waiting.set(from, waiting);
    if (this.delayMs === 0 && waiting.length === 0) {
      what();
      return;
    }
    waiting.push({ what, dueAt: performance.now() + this.delayMs });
    if (waiting.length === 1) this.#work(waiting);
  }

  #work(waiting: { readonly what: () => void; readonly dueAt: number }[]): void {
    const [first] = waiting;
    if (first === undefined) return;
    setTimeout(() => {
      first.what();
      waiting.shift();
      this.#work(waiting);
    }, first.dueAt - performance.now());
  }
}
