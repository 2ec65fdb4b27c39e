import { Injectable, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import type { Peer } from '../rpc/peer.js';
import type { Session } from '../session/session.js';
import { Feeds } from './feeds.js';

interface Watch {
  readonly session: Session;
  /** Monotonic time of the last heartbeat. */
  beatAt: number;
}

/** One clock for all sessions: sends heartbeats and closes sessions that are idle for too long. */
@Injectable()
export class SessionClock implements OnModuleDestroy, OnApplicationShutdown {
  readonly #watches = new Map<Peer, Watch>();
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly config: AppConfig,
    private readonly feeds: Feeds,
  ) {
    const { heartbeatIntervalMs } = config.server;
    const tickMs = Math.min(1000, heartbeatIntervalMs / 4, config.session.idleTimeoutMs / 4);
    this.#timer = setInterval(
      () => {
        for (const [peer, watch] of this.#watches) this.#tick(peer, watch, performance.now());
      },
      Math.max(25, tickMs),
    );
  }

  add(peer: Peer, session: Session): void {
    this.#watches.set(peer, { session, beatAt: performance.now() });
  }

  remove(peer: Peer): void {
    this.#watches.delete(peer);
  }

  /** The service shuts down: every client learns how long its executions have to end by themselves. */
  onModuleDestroy(): void {
    const grace = this.config.process.shutdownGraceMs / 1000;
    for (const [peer, { session }] of this.#watches) peer.notify('server.shutdown', { grace, session_id: session.id });
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  #tick(peer: Peer, watch: Watch, now: number): void {
    const idleMs = this.feeds.isFed(peer) ? 0 : Math.min(watch.session.idleMs(now), now - peer.heardAt);
    if (idleMs >= this.config.session.idleTimeoutMs) {
      peer.close(1000, 'Session timed out');
      return;
    }
    if (now - watch.beatAt < this.config.server.heartbeatIntervalMs) return;
    watch.beatAt = now;
    // A client that takes nothing would only find a pile of them later.
    if (peer.isWritable) peer.notify('ping', { timestamp: Date.now() / 1000 });
  }
}
