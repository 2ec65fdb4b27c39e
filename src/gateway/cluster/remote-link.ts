import type { ExecutionEvent } from '../../process/execution-event.js';
import type { SessionLink } from '../../session/session-link.js';
import type { Session } from '../../session/session.js';
import type { IssuedToken } from '../../session/resume-token.js';
import type { EventSource } from '../../stream/event-source.js';
import type { Replication } from './replication.js';

/**
 * A session's connection to another service. Its client reads the cluster's logs there; here stands, for each execution of
 * the session, a reader that takes everything at once and acknowledges what that client has got: writers wait for it.
 */
export class RemoteLink implements SessionLink {
  readonly #sources = new Map<string, EventSource<ExecutionEvent>>();
  isOpen = true;
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

  /** Reads an execution of the session in the place of its client. */
  own(id: string, source: EventSource<ExecutionEvent>): void {
    this.#sources.set(id, source);
    this.replication.need(id, source.nextSeq - 1);
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
    this.replication.need(id, seq);
  }

  /** Nobody is there any more. */
  close(): void {
    this.isOpen = false;
    for (const id of this.#sources.keys()) this.replication.need(id, Infinity);
    this.#sources.clear();
  }
}
