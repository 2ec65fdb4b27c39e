import { Injectable } from '@nestjs/common';
import { ClusterError } from '../../cluster/cluster-error.js';
import type { SessionEntry } from '../../cluster/session/session-entry.js';
import { SessionRegister } from '../../cluster/session/session-register.js';
import type { Session } from '../../session/session.js';
import type { SessionClient } from '../../session/session-client.js';
import { ResumeToken } from '../../session/resume-token.js';
import { SessionService } from '../../session/session.service.js';
import { MESSAGE_BODIES } from './message-bodies.js';

/** A session whose service died, as this one has it from here on. */
export interface AdoptedSession {
  readonly session: Session;
  /** What it ran. */
  readonly executions: readonly string[];
}

/** Takes over sessions whose service is dead. */
@Injectable()
export class Adoption {
  constructor(
    private readonly register: SessionRegister,
    private readonly sessions: SessionService,
  ) {}

  /**
   * Takes a session over for its client. It waits for a connection from here on.
   * @param token what the client shows; null where it is known to be the one
   * @returns null where it is another client's
   * @throws ClusterError where it cannot be had, or not yet
   */
  async adopt(entry: SessionEntry, client: SessionClient, token: string | null): Promise<AdoptedSession | null> {
    const about = aboutOf(entry);
    if (about?.tokenName !== client.tokenName || about.group !== client.group) return null;
    const tokens = ResumeToken.ofDigests(about.digests);
    if (token !== null && tokens.match(token) === null) return null;
    if (!(await this.register.take(entry))) throw new ClusterError('the session cannot be taken over yet');
    return { session: this.sessions.adopt(client, entry.id, tokens), executions: about.executions };
  }
}

/** Whoever can reach the store may have written it. */
function aboutOf({ about }: SessionEntry): ReturnType<typeof MESSAGE_BODIES.session> | null {
  try {
    return MESSAGE_BODIES.session(JSON.parse(about));
  } catch {
    return null;
  }
}
