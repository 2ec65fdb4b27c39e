import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ClusterError } from '../../cluster/cluster-error.js';
import { NodeCalls } from '../../cluster/node/node-calls.js';
import { RemoteFault } from '../../cluster/node/remote-fault.js';
import { NodeWatch } from '../../cluster/node/node-watch.js';
import type { Peer } from '../../rpc/peer.js';
import type { ResumeClaim } from '../../session/resume-claim.js';
import type { Session } from '../../session/session.js';
import { SessionError } from '../../session/session-error.js';
import { SessionService } from '../../session/session.service.js';
import { Reception } from '../reception.js';
import { MESSAGE_BODIES, type RemoteAttachment } from './message-bodies.js';
import { refusedAlike } from './refused-alike.js';
import type { RemoteHolder, RemoteSession } from './remote-session.js';

/** The connection ended without a close frame (RFC 6455, section 7.1.5). */
const VANISHED = 1006;
/** Longest that another service takes for a resumption, a start or a control. */
const ANSWER_MS = 10_000;
const LEAVE_MS = 2000;
const LEAVE_TRIES = 3;

/** What the service of a session says of its resumption. */
interface RemoteResumption {
  readonly remote: RemoteSession;
  readonly token: string;
  readonly attached: readonly RemoteAttachment[];
  readonly forgotten: readonly string[];
}

/** What it says of a call. */
interface CallAnswer {
  readonly result: object;
  readonly subject: string | null;
  readonly attached: RemoteAttachment | null;
}

/** The sessions of other services whose clients are connected to this one. They stay where they are. */
@Injectable()
export class RemoteSessions implements OnModuleInit {
  /** By the connection between the services; null for one that holds no session: not yet, or as it only reads. */
  readonly #sessions = new Map<string, RemoteSession | null>();
  readonly #byGuest = new WeakMap<Session, RemoteSession>();
  readonly #watches = new Map<string, () => void>();
  /** Called when the service of a session is not heard any more. */
  onOrphaned: (remote: RemoteSession) => void = () => undefined;

  constructor(
    private readonly calls: NodeCalls,
    private readonly watch: NodeWatch,
    private readonly sessions: SessionService,
    private readonly reception: Reception,
  ) {}

  onModuleInit(): void {
    this.calls.on('superseded', (body) => {
      const { connection } = MESSAGE_BODIES.connection(body);
      const remote = this.#sessions.get(connection);
      this.#sessions.delete(connection);
      if (remote != null) this.#supersede(remote);
      return true;
    });
    this.calls.on('holds', (body) =>
      MESSAGE_BODIES.connections(body).connections.filter((connection) => this.#sessions.has(connection)),
    );
  }

  /** The session that a guest stands for; null where it is a session of this service. */
  of(guest: Session): RemoteSession | null {
    return this.#byGuest.get(guest) ?? null;
  }

  /**
   * Gives the connection a session that another service has; the one it had ends.
   * @throws RpcError what the other service refuses
   * @throws SessionError resume-rejected
   * @throws ClusterError
   */
  async resume(peer: Peer, own: Session, node: string, claim: ResumeClaim): Promise<RemoteResumption> {
    if (!own.isUnused) throw new SessionError({ kind: 'resume-rejected', reason: 'connection_in_use' });
    const connection = randomUUID();
    this.#sessions.set(connection, null);
    const { sessionId, token, lastSeqs } = claim;
    const request = { connection, client: peer.identity, sessionId, token, lastSeqs: Object.fromEntries(lastSeqs) };
    try {
      const answer = MESSAGE_BODIES.resumed(
        await refusedAlike(() => this.calls.ask(node, 'resume', request, ANSWER_MS)),
      );
      if (!this.#sessions.has(connection)) throw new SessionError({ kind: 'resume-rejected', reason: 'superseded' });
      const guest = this.sessions.guest(peer.identity, sessionId);
      const remote = { id: sessionId, node, connection, peer, guest };
      this.#keep(remote);
      this.sessions.end(own);
      this.reception.onLeave(peer, () => void this.#leave(remote));
      this.reception.move(peer, guest);
      return { ...answer, remote, attached: answer.attached.map(MESSAGE_BODIES.attachment) };
    } catch (error) {
      this.#sessions.delete(connection);
      // It may have got the session all the same.
      if (error instanceof ClusterError) void this.#tellLeft(node, connection, true);
      throw error;
    }
  }

  /**
   * Has a call of the client answered where its session is.
   * @throws RpcError what is refused there
   * @throws ClusterError
   */
  async call({ node, connection }: RemoteSession, method: string, params: object): Promise<CallAnswer> {
    const answer = MESSAGE_BODIES.called(
      await refusedAlike(() => this.calls.ask(node, 'call', { connection, method, params }, ANSWER_MS)),
    );
    return { ...answer, attached: answer.attached === null ? null : MESSAGE_BODIES.attachment(answer.attached) };
  }

  /** A connection for one who only reads. */
  openReader(): string {
    const connection = randomUUID();
    this.#sessions.set(connection, null);
    return connection;
  }

  /** It reads no more. Where that is not told, the other service finds out. */
  closeReader({ node, connection }: RemoteHolder): void {
    if (this.#sessions.delete(connection)) this.#tell(node, 'left', { connection, vanished: false });
  }

  /** The client has all events of an execution up to this one. What is lost of it, the next one says too. */
  acknowledge({ node, connection }: RemoteHolder, executionId: string, seq: number): void {
    this.#tell(node, 'received', { connection, executionId, seq });
  }

  /** The client has its new token. */
  prove({ node, connection }: RemoteSession): void {
    this.#tell(node, 'proved', { connection });
  }

  /** It is nobody's any more, as far as this service knows. */
  drop({ connection, guest }: RemoteSession): void {
    this.#sessions.delete(connection);
    this.#byGuest.delete(guest);
    this.#watches.get(connection)?.();
    this.#watches.delete(connection);
  }

  #keep(remote: RemoteSession): void {
    const { connection, guest, node } = remote;
    this.#sessions.set(connection, remote);
    this.#byGuest.set(guest, remote);
    const stop = this.watch.onSilent(node, () => {
      this.onOrphaned(remote);
    });
    this.#watches.set(connection, stop);
  }

  #supersede(remote: RemoteSession): void {
    this.drop(remote);
    this.reception.onLeave(remote.peer, () => undefined);
    this.reception.link(remote.peer).supersede();
  }

  async #leave(remote: RemoteSession): Promise<void> {
    if (!this.#sessions.has(remote.connection)) return;
    this.drop(remote);
    // The client of a service that ends comes back to another.
    const vanished = remote.peer.closeCode === VANISHED || this.sessions.isDraining;
    await this.#tellLeft(remote.node, remote.connection, vanished);
  }

  /** Where it is not told, the other service asks for it some time. */
  async #tellLeft(node: string, connection: string, vanished: boolean): Promise<void> {
    for (let tries = 0; tries < LEAVE_TRIES; tries++) {
      try {
        await this.calls.ask(node, 'left', { connection, vanished }, LEAVE_MS);
        return;
      } catch (error) {
        if (!(error instanceof ClusterError || error instanceof RemoteFault)) throw error;
      }
    }
  }

  #tell(node: string, topic: string, body: object): void {
    this.calls.tell(node, topic, body).catch((error: unknown) => {
      if (!(error instanceof ClusterError)) throw error;
    });
  }
}
