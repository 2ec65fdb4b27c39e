import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { VERSION } from '../config/version.js';
import { PolicyError } from '../policy/policy-error.js';
import type { Peer } from '../rpc/peer.js';
import type { Session } from '../session/session.js';
import { SessionService } from '../session/session.service.js';
import { OUTPUT_CHUNK_BYTES } from '../stream/output-splitter.js';
import { CallAudit } from './call-audit.js';
import { toRpcError } from './error-table.js';
import { refusalRule } from './refusal-rule.js';
import { SessionClock } from './session-clock.js';

/** The connection ended without a close frame (RFC 6455, section 7.1.5). */
const VANISHED = 1006;

/** Gives each connection its session, and takes it back. */
@Injectable()
export class Reception {
  readonly #logger = new Logger(Reception.name);
  readonly #sessions = new WeakMap<Peer, Session>();

  constructor(
    private readonly config: AppConfig,
    private readonly sessions: SessionService,
    private readonly clock: SessionClock,
    private readonly audit: CallAudit,
  ) {}

  /** Greets a client that there is a place for with `connected`; tells another so and closes its connection. */
  welcome(peer: Peer, capabilities: readonly string[]): void {
    try {
      const opening = this.sessions.open();
      if (opening instanceof Promise) void this.#greetLater(peer, capabilities, opening);
      else this.#greet(peer, capabilities, opening);
    } catch (error) {
      this.#turnAway(peer, error);
    }
  }

  /** The connection has ended. */
  leave(peer: Peer): void {
    const session = this.#sessions.get(peer);
    if (session === undefined) return;
    this.clock.remove(peer);
    this.sessions.close(session, peer.closeCode === VANISHED);
    this.#logger.log('Session closed', { session_id: session.id, close_code: peer.closeCode });
  }

  /** The session of a connection that was greeted. */
  session(peer: Peer): Session {
    const session = this.#sessions.get(peer);
    if (session === undefined) throw new Error('A message came on a connection without a session');
    return session;
  }

  /** For those who tell of a connection; null where it was not greeted. */
  sessionId(peer: Peer): string | null {
    return this.#sessions.get(peer)?.id ?? null;
  }

  /**
   * The session of a connection that may start and control commands.
   * @throws PolicyError where its token is an observer's
   */
  controllerSession(peer: Peer, method: string): Session {
    if (peer.identity.role === 'observer') throw new PolicyError(method, 'observer');
    return this.session(peer);
  }

  /** Nothing of the client is read until it is known whether there is a place for it. */
  async #greetLater(peer: Peer, capabilities: readonly string[], opening: Promise<Session>): Promise<void> {
    peer.pause();
    try {
      const session = await opening;
      if (peer.isOpen) this.#greet(peer, capabilities, session);
      else this.sessions.close(session, false);
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
    peer.notify('connected', {
      session_id: session.id,
      version: VERSION,
      capabilities,
      heartbeat_interval: this.config.server.heartbeatIntervalMs / 1000,
      resume_token: session.resumeToken,
      limits: {
        max_message_bytes: this.config.server.maxFrameBytes,
        max_processes: this.config.session.maxProcesses,
        output_chunk_bytes: OUTPUT_CHUNK_BYTES,
      },
    });
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
