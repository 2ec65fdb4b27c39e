import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { VERSION } from '../config/version.js';
import { PolicyError } from '../policy/policy-error.js';
import type { Peer } from '../rpc/peer.js';
import type { Session } from '../session/session.js';
import { SessionError } from '../session/session-error.js';
import type { SessionLink } from '../session/session-link.js';
import { SessionService } from '../session/session.service.js';
import { OUTPUT_CHUNK_BYTES } from '../stream/output-splitter.js';
import { SessionRecords } from './cluster/session-records.js';
import { CallAudit } from './call-audit.js';
import { toRpcError } from './error-table.js';
import { Feeds } from './feeds.js';
import { refusalRule } from './refusal-rule.js';
import { SessionClock } from './session-clock.js';

/** The connection ended without a close frame (RFC 6455, section 7.1.5). */
const VANISHED = 1006;
/** A client that cannot but leave, and says that it will be back: it is waited for as if it had vanished. */
const AWAY = 4000;
const SUPERSEDED = 4001;

/** Gives each connection its session, and takes it back. */
@Injectable()
export class Reception {
  readonly #logger = new Logger(Reception.name);
  readonly #sessions = new WeakMap<Peer, Session>();
  readonly #links = new WeakMap<Peer, SessionLink>();
  readonly #leavers = new WeakMap<Peer, () => void>();

  constructor(
    private readonly config: AppConfig,
    private readonly sessions: SessionService,
    private readonly clock: SessionClock,
    private readonly feeds: Feeds,
    private readonly audit: CallAudit,
    private readonly records: SessionRecords,
  ) {}

  /** Greets a client that there is a place for with `connected`; tells another so and closes its connection. */
  welcome(peer: Peer, capabilities: readonly string[]): void {
    try {
      const opening = this.sessions.open(peer.identity, this.link(peer));
      if (opening instanceof Promise) void this.#greetLater(peer, capabilities, opening);
      else this.#greet(peer, capabilities, opening);
    } catch (error) {
      this.#turnAway(peer, error);
    }
  }

  /** The connection has ended. */
  leave(peer: Peer): void {
    this.feeds.stop(peer);
    this.#leavers.get(peer)?.();
    const session = this.#sessions.get(peer);
    if (session === undefined) return;
    this.clock.remove(peer);
    this.sessions.leave(session, this.link(peer), peer.closeCode === VANISHED || peer.closeCode === AWAY);
    this.#logger.log(session.hasEnded ? 'Session closed' : 'Session waits for its client', {
      session_id: session.id,
      close_code: peer.closeCode,
    });
  }

  /**
   * The session of a connection that was greeted.
   * @throws SessionError resume-rejected where another connection has taken it over
   */
  session(peer: Peer): Session {
    const session = this.#sessions.get(peer);
    if (session === undefined) throw new SessionError({ kind: 'resume-rejected', reason: 'superseded' });
    return session;
  }

  /** For those who tell of a connection; null where it was not greeted. */
  sessionId(peer: Peer): string | null {
    return this.#sessions.get(peer)?.id ?? null;
  }

  /**
   * The session of a connection that may start and control commands.
   * @throws PolicyError where its token is an observer's
   * @throws SessionError resume-rejected
   */
  controllerSession(peer: Peer, method: string): Session {
    if (peer.identity.role === 'observer') throw new PolicyError(method, 'observer');
    return this.session(peer);
  }

  /** The connection as its session knows it. */
  link(peer: Peer): SessionLink {
    const known = this.#links.get(peer);
    if (known !== undefined) return known;
    const link: SessionLink = {
      get isOpen() {
        return peer.isOpen;
      },
      supersede: () => {
        this.#forget(peer);
        peer.close(SUPERSEDED, 'The session was resumed on another connection');
      },
    };
    this.#links.set(peer, link);
    return link;
  }

  /** Calls back when the connection has ended, instead of who was to be called before. */
  onLeave(peer: Peer, callback: () => void): void {
    this.#leavers.set(peer, callback);
  }

  /** The connection is another session's from here on. @param isFed true where it goes on with what it reads */
  move(peer: Peer, session: Session, isFed = false): void {
    if (!isFed) this.feeds.stop(peer);
    this.#sessions.set(peer, session);
    this.clock.add(peer, session);
    this.audit.opened(peer, session.id);
    this.#logger.debug('Session resumed', { session_id: session.id });
    // It may have ended while it waited for the session.
    if (peer.closeCode !== null) this.leave(peer);
  }

  /** Nothing of the client is read until it is known whether there is a place for it. */
  async #greetLater(peer: Peer, capabilities: readonly string[], opening: Promise<Session>): Promise<void> {
    peer.pause();
    try {
      const session = await opening;
      if (peer.isOpen) this.#greet(peer, capabilities, session);
      else this.sessions.end(session);
    } catch (error) {
      this.#turnAway(peer, error);
    }
    peer.resume();
  }

  #greet(peer: Peer, capabilities: readonly string[], session: Session): void {
    this.#sessions.set(peer, session);
    this.clock.add(peer, session);
    this.audit.opened(peer, session.id);
    this.#logger.debug('Session opened', { session_id: session.id, who: peer.identity.tokenName });
    const token = session.token.issue(null);
    void this.records.save(session);
    peer.notify('connected', {
      session_id: session.id,
      version: VERSION,
      capabilities,
      heartbeat_interval: this.config.server.heartbeatIntervalMs / 1000,
      resume_token: token.text,
      limits: {
        max_message_bytes: this.config.server.maxFrameBytes,
        max_processes: this.config.session.maxProcesses,
        output_chunk_bytes: OUTPUT_CHUNK_BYTES,
      },
    });
    // Who answers pings is known before it matters.
    peer.ping();
  }

  #forget(peer: Peer): void {
    this.feeds.stop(peer);
    this.clock.remove(peer);
    this.#sessions.delete(peer);
  }

  /** There is no place: the client is told so and the connection closed. */
  #turnAway(peer: Peer, error: unknown): void {
    const refusal = toRpcError(error);
    if (refusal === null) throw error;
    this.audit.turnedAway(peer.identity, { code: refusal.code, rule: refusalRule(refusal) });
    peer.reply(null, { error: refusal });
    peer.close(1008, refusal.message);
  }
}
