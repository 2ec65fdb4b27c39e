import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ClusterError } from '../../cluster/cluster-error.js';
import { ClusterNode } from '../../cluster/node/cluster-node.js';
import { SessionRegister } from '../../cluster/session/session-register.js';
import { ProcessError } from '../../process/process-error.js';
import type { Peer } from '../../rpc/peer.js';
import type { Attachment } from '../../session/attachment.js';
import type { ResumeClaim } from '../../session/resume-claim.js';
import type { Session } from '../../session/session.js';
import type { SessionClient } from '../../session/session-client.js';
import { SessionDirectory } from '../../session/session-directory.js';
import { SessionError } from '../../session/session-error.js';
import { SessionService } from '../../session/session.service.js';
import { Reception } from '../reception.js';
import { Adoption } from './adoption.js';
import { GuestCalls } from './guest-calls.js';
import { RemoteReadings } from './remote-readings.js';
import type { RemoteSession } from './remote-session.js';
import { RemoteSessions } from './remote-sessions.js';

/** A session of another service that its client holds from here on. */
interface RemoteResumption {
  readonly token: { readonly text: string; readonly prove: () => void };
  readonly executions: readonly Attachment[];
  /** Executions the client named that the session's service does not know. */
  readonly forgotten: readonly string[];
}

/** Finds sessions and executions for clients who come back to another service than they left. */
@Injectable()
export class ClusterResume implements OnModuleInit {
  constructor(
    private readonly node: ClusterNode,
    private readonly directory: SessionDirectory,
    private readonly register: SessionRegister,
    private readonly adoption: Adoption,
    private readonly remotes: RemoteSessions,
    private readonly guests: GuestCalls,
    private readonly readings: RemoteReadings,
    private readonly sessions: SessionService,
    private readonly reception: Reception,
  ) {}

  onModuleInit(): void {
    this.remotes.onOrphaned = (remote) => void this.#rescue(remote);
  }

  /**
   * Gives the connection the session that it claims, where another service has it; one whose service is dead becomes this
   * service's own, with what it ran, if the claim is right.
   * @returns null where it is for this service to decide on the claim; with what the session ran elsewhere
   * @throws RpcError what the other service refuses
   * @throws SessionError resume-rejected
   * @throws ClusterError
   */
  async resume(
    peer: Peer,
    own: Session,
    claim: ResumeClaim,
  ): Promise<RemoteResumption | { readonly executionsElsewhere: readonly string[] }> {
    const nowhere = { executionsElsewhere: [] };
    if (!this.node.isOn || this.directory.session(claim.sessionId) !== null) return nowhere;
    const entry = await this.register.find(claim.sessionId);
    if (entry === null || entry.node === this.node.id) return nowhere;
    if (entry.isNodeAlive) return this.#resumeThere(peer, own, entry.node, claim);
    if (!own.isUnused) throw new SessionError({ kind: 'resume-rejected', reason: 'connection_in_use' });
    const adopted = await this.adoption.adopt(entry, own.client, claim.token);
    return { executionsElsewhere: adopted?.executions ?? [] };
  }

  /**
   * What of these executions other services run or ran, to be read behind the events that the client has.
   * @param named those that the client has named; of others only what was lost is read
   */
  async find(client: SessionClient, ids: readonly string[], named: ReadonlyMap<string, number>): Promise<Attachment[]> {
    if (!this.node.isOn) return [];
    const found = await Promise.all(ids.map((id) => this.#find(client, id, named.get(id) ?? null)));
    return found.filter((attachment) => attachment !== null);
  }

  async #resumeThere(peer: Peer, own: Session, node: string, claim: ResumeClaim): Promise<RemoteResumption> {
    const { remote, token, attached, forgotten } = await this.remotes.resume(peer, own, node, claim);
    return {
      token: {
        text: token,
        prove: () => {
          this.remotes.prove(remote);
        },
      },
      executions: attached.map((attachment) =>
        this.readings.ofSession(attachment, claim.lastSeqs.get(attachment.id) ?? 0, remote),
      ),
      forgotten,
    };
  }

  async #find(client: SessionClient, id: string, afterSeq: number | null): Promise<Attachment | null> {
    try {
      const found = await this.guests.find(client, id);
      const isLost = (found?.entry.account as { readonly reason?: unknown } | null)?.reason === 'server_lost';
      if (found === null || (afterSeq === null && !isLost)) return null;
      return await this.readings.asGuest(client, found, afterSeq ?? 0);
    } catch (error) {
      // A session comes back without what cannot be read at the moment.
      if (error instanceof ClusterError || error instanceof SessionError || error instanceof ProcessError) return null;
      throw error;
    }
  }

  /** The service of a session has died, whose client is here: the session goes on here, without what it ran. */
  async #rescue(remote: RemoteSession): Promise<void> {
    const { id, peer, guest } = remote;
    try {
      const entry = await this.register.find(id);
      const adopted = entry === null ? null : await this.adoption.adopt(entry, guest.client, null);
      if (this.remotes.of(guest) === null) return;
      this.remotes.drop(remote);
      if (adopted === null) {
        this.reception.link(peer).supersede();
        return;
      }
      this.reception.onLeave(peer, () => undefined);
      this.sessions.returned(adopted.session);
      adopted.session.connect(this.reception.link(peer));
      this.reception.move(peer, adopted.session, true);
    } catch (error) {
      // It is tried again as long as that service is silent.
      if (!(error instanceof ClusterError)) throw error;
    }
  }
}
