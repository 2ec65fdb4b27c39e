import type { ExecutionEvent } from '../../process/execution-event.js';
import type { SessionLink } from '../../session/session-link.js';
import type { Session } from '../../session/session.js';
import type { IssuedToken } from '../../session/resume-token.js';
import type { EventSource } from '../../stream/event-source.js';
import type { Replication } from './replication.js';

/**
 * A client's connection to another service. It reads the cluster's logs there; here stands, for each execution that writers
 * wait for it with, a reader that takes everything at once and acknowledges what that client has got.
 */
export class RemoteLink implements SessionLink {
  readonly #sources = new Map<string, EventSource<ExecutionEvent>>();
  readonly #owned = new Set<string>();
  isOpen = true;
  /** The session it holds; null for one who only reads. */
  session: Session | null = null;
  /** Of the last resumption. */
  token: IssuedToken | null = null;

  constructor(
    /** The service it is a connection to, and its name there. */
    readonly node: string,
    readonly connection: string,
    private readonly replication: Replication,
    /** Called once, when another connection has taken the session over. */
    private readonly onSuperseded: (link: RemoteLink) => void,
  ) {}

  supersede(): void {
    this.close();
    this.onSuperseded(this);
  }

  /**
   * Reads an execution in the place of the client.
   * @param isOwner true: nothing that the client has not got leaves the cluster's log either
   */
  read(id: string, source: EventSource<ExecutionEvent>, isOwner: boolean): void {
    this.#sources.set(id, source);
    if (isOwner) {
      this.#owned.add(id);
      this.replication.need(id, source.nextSeq - 1);
    }
    const drain = (): void => {
      for (let record = source.peek(); record !== null; record = source.peek()) {
        const end = record.kind === 'output' ? record.firstSeq + record.count : record.seq + 1;
        source.advance(end - source.nextSeq);
      }
    };
    source.onAppend = drain;
    drain();
  }

  /** The client has all events of an execution up to this one. */
  acknowledge(id: string, seq: number): void {
    const source = this.#sources.get(id);
    if (source === undefined) return;
    source.acknowledge(seq);
    if (this.#owned.has(id)) this.replication.need(id, seq);
  }

  /** Nobody is there any more. */
  close(): void {
    this.isOpen = false;
    for (const source of this.#sources.values()) source.close();
    for (const id of this.#owned) this.replication.need(id, Infinity);
    this.#sources.clear();
    this.#owned.clear();
  }
}
