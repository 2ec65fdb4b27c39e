import type { Peer } from './peer.js';

interface Watch {
  bytes: number;
  taken: number;
  /** Monotonic times: of the last ping, and of the first one since the last sign of life. */
  pingedAt: number;
  unansweredSince: number | null;
}

/**
 * Pings every connection and drops those that give no sign of life: no byte of any kind for `timeoutMs` after a ping.
 * While output waits for the client a ping cannot reach it; then its taking some of it is a sign of life as well.
 */
export class KeepAlive {
  readonly #watches = new Map<Peer, Watch>();
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly intervalMs: number,
    private readonly timeoutMs: number,
  ) {
    this.#timer = setInterval(
      () => {
        for (const [peer, watch] of this.#watches) this.#look(peer, watch, performance.now());
      },
      Math.max(25, Math.min(1000, intervalMs / 4, timeoutMs / 4)),
    );
    this.#timer.unref();
  }

  add(peer: Peer): void {
    const now = performance.now();
    this.#watches.set(peer, {
      bytes: peer.bytesReceived,
      taken: peer.bytesTaken,
      pingedAt: now,
      unansweredSince: null,
    });
  }

  remove(peer: Peer): void {
    this.#watches.delete(peer);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(peer: Peer, watch: Watch, now: number): void {
    const { bytesReceived, bytesTaken } = peer;
    if (bytesReceived !== watch.bytes || (!peer.isWritable && bytesTaken !== watch.taken)) {
      watch.bytes = bytesReceived;
      watch.taken = bytesTaken;
      watch.unansweredSince = null;
    }
    if (watch.unansweredSince !== null && now - watch.unansweredSince >= this.timeoutMs) {
      peer.webSocket.terminate();
      return;
    }
    if (now - watch.pingedAt >= this.intervalMs) {
      if (peer.isWritable) peer.ping();
      watch.pingedAt = now;
      watch.unansweredSince ??= now;
    }
  }
}
