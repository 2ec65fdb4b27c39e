import { Injectable } from '@nestjs/common';
import type { ExecutionEvent } from '../process/execution-event.js';
import type { Peer } from '../rpc/peer.js';
import type { EventSource } from '../stream/event-source.js';
import { ExecutionFeed, type FedExecution } from './execution-feed.js';

/** What each connection is fed with: of one execution one feed at most. */
@Injectable()
export class Feeds {
  readonly #feeds = new WeakMap<Peer, Map<string, ExecutionFeed>>();

  /**
   * Prepares to feed a connection from this source, and from no other of the same execution.
   * @returns what begins it, to be called once the client knows of it
   */
  prepare(peer: Peer, execution: FedExecution, source: EventSource<ExecutionEvent>): () => void {
    const feeds = this.#feeds.get(peer) ?? new Map<string, ExecutionFeed>();
    this.#feeds.set(peer, feeds);
    feeds.get(execution.id)?.stop();
    const feed = new ExecutionFeed(execution, source, peer, () => {
      if (feeds.get(execution.id) === feed) feeds.delete(execution.id);
    });
    feeds.set(execution.id, feed);
    if (!peer.isOpen) this.stop(peer);
    return () => {
      feed.start();
    };
  }

  /** True while something is fed that has not ended, or not arrived. */
  isFed(peer: Peer): boolean {
    return (this.#feeds.get(peer)?.size ?? 0) > 0;
  }

  /** Nothing is fed any more. */
  stop(peer: Peer): void {
    for (const feed of this.#feeds.get(peer)?.values() ?? []) feed.stop();
    this.#feeds.delete(peer);
  }
}
