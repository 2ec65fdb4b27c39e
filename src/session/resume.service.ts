import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AttemptLimit } from '../policy/rate/attempt-limit.js';
import { attach, readingOf, requireHappened } from './attach.js';
import type { KnownExecution } from './known-execution.js';
import type { ResumeClaim } from './resume-claim.js';
import type { Resumption } from './resumption.js';
import type { Session } from './session.js';
import type { SessionClient } from './session-client.js';
import { SessionDirectory } from './session-directory.js';
import { type ResumeRefusal, SessionError } from './session-error.js';
import type { SessionLink } from './session-link.js';
import { SessionKeeper } from './session-keeper.js';
import { SessionService } from './session.service.js';

/** Attempts to resume that one client may make in vain in a minute. */
const MOST_FAILURES = 60;

/** Longest wait for the client of a connection that lives to say that it has its new token. */
const PROOF_MS = 2000;

/** Gives sessions back to clients that come on another connection. */
@Injectable()
export class ResumeService {
  readonly #attempts = new AttemptLimit(MOST_FAILURES);
  readonly #turns = new WeakMap<Session, Promise<unknown>>();

  constructor(
    private readonly directory: SessionDirectory,
    private readonly sessions: SessionService,
    private readonly keeper: SessionKeeper,
  ) {}

  /**
   * Gives a session to the connection that claims it, whose own session ends; the connection it had ends. Of two at once
   * one gets it.
   * @param own the session of the connection that claims
   * @throws RateError
   * @throws SessionError resume-rejected, or seq-ahead; then nothing has changed
   */
  async resume(own: Session, claim: ResumeClaim, link: SessionLink): Promise<Resumption> {
    const { client } = own;
    await this.#attempts.begin(client);
    const session = this.#session(client, claim);
    if (session === own) throw rejected('own_session');
    const before = this.#turns.get(session);
    const turn = (async () => {
      await before?.catch(() => undefined);
      return this.#take(session, own, claim, link);
    })();
    this.#turns.set(session, turn);
    const resumption = await turn;
    await this.#attempts.succeeded(client);
    return resumption;
  }

  async #take(session: Session, own: Session, claim: ResumeClaim, link: SessionLink): Promise<Resumption> {
    await this.#requireToken(session, claim.token);
    if (!own.isUnused) throw rejected('connection_in_use');
    for (const execution of this.#named(session, claim.lastSeqs))
      requireHappened(execution, claim.lastSeqs.get(execution.id) ?? 0);
    if (!link.isOpen) throw rejected('superseded');
    const token = session.token.issue(claim.token);
    this.keeper.save(session);
    this.sessions.returned(session);
    this.sessions.end(own);
    session.connect(link);
    await session.settled();
    if (session.link !== link) throw rejected('superseded');
    return { session, token, ...this.#reading(session, claim.lastSeqs) };
  }

  /** @throws SessionError resume-rejected */
  async #requireToken(session: Session, token: string): Promise<void> {
    const match = session.token.match(token);
    // A live connection may be about to say that it has the answer to the first use of this token.
    if (match === 'used' && session.link?.isOpen === true) await proven(session);
    if (session.hasEnded) throw rejected('expired');
    if (session.token.match(token) === null) throw rejected('wrong_token');
  }

  /** @throws SessionError resume-rejected */
  #session(client: SessionClient, { sessionId, token }: ResumeClaim): Session {
    const session = this.directory.session(sessionId);
    if (session !== null && !session.isProvisional && isSame(session.client, client)) return session;
    const past = this.directory.pastSession(sessionId);
    const isExpired = past !== null && isSame(past.client, client) && past.token.match(token) !== null;
    throw rejected(isExpired ? 'expired' : 'unknown_session');
  }

  /** What the client names and can be read, and all of the session that it has not got to its end. */
  #reading(session: Session, lastSeqs: ReadonlyMap<string, number>): Pick<Resumption, 'executions' | 'forgotten'> {
    const own = session.executions.filter(({ id, hasEnded, isAwaited }) => !hasEnded || isAwaited || lastSeqs.has(id));
    const named = this.#named(session, lastSeqs);
    const read = [...own, ...named.filter((execution) => !own.includes(execution))];
    return {
      executions: read.map((execution) =>
        attach(execution, lastSeqs.get(execution.id) ?? 0, readingOf(session, execution)),
      ),
      forgotten: [...lastSeqs.keys()].filter((id) => named.every((execution) => execution.id !== id)),
    };
  }

  /** What of the named can be asked for. */
  #named({ client }: Session, lastSeqs: ReadonlyMap<string, number>): KnownExecution[] {
    return [...lastSeqs.keys()].flatMap((id) => this.directory.execution(id, client.group) ?? []);
  }
}

/** Whether a session of the one is the other's to resume, wherever they come from. */
function isSame(one: SessionClient, other: SessionClient): boolean {
  return one.tokenName === other.tokenName && one.group === other.group;
}

/** Settles when the client is known to have its token, or does not say so in time. */
async function proven(session: Session): Promise<void> {
  const patience = new AbortController();
  const tooLong = delay(PROOF_MS, undefined, { signal: patience.signal }).catch(() => undefined);
  await Promise.race([session.token.proof, tooLong]);
  patience.abort();
}

function rejected(reason: ResumeRefusal): SessionError {
  return new SessionError({ kind: 'resume-rejected', reason });
}
