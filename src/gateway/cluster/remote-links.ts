import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ClusterError } from '../../cluster/cluster-error.js';
import { ClusterNode } from '../../cluster/node/cluster-node.js';
import { NodeCalls } from '../../cluster/node/node-calls.js';
import { RemoteFault } from '../../cluster/node/remote-fault.js';
import { NodeWatch } from '../../cluster/node/node-watch.js';
import { AppConfig } from '../../config/app-config.js';
import { SessionError } from '../../session/session-error.js';
import { SessionService } from '../../session/session.service.js';
import { is } from './is.js';
import { RemoteLink } from './remote-link.js';
import { Replication } from './replication.js';

/** Longest that another service takes to say something of a connection. */
const ANSWER_MS = 2000;
const TRIES = 3;

interface Held {
  readonly link: RemoteLink;
  readonly forget: () => void;
}

/** The connections to other services that hold sessions of this one. */
@Injectable()
export class RemoteLinks implements OnModuleInit, OnModuleDestroy {
  readonly #held = new Map<string, Held>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly config: AppConfig,
    private readonly node: ClusterNode,
    private readonly calls: NodeCalls,
    private readonly watch: NodeWatch,
    private readonly sessions: SessionService,
    private readonly replication: Replication,
  ) {}

  onModuleInit(): void {
    if (this.node.isOn) this.#timer = setInterval(() => void this.#check(), this.config.cluster.leaseMs).unref();
  }

  /** A connection to another service, which is about to hold a session. */
  open(node: string, connection: string): RemoteLink {
    return new RemoteLink(node, connection, this.replication, (link) => {
      this.#forget(link);
      void this.#tellSuperseded(link);
    });
  }

  /**
   * It holds the session from here on.
   * @throws SessionError resume-rejected where another connection has taken it over meanwhile
   */
  hold(link: RemoteLink): void {
    const { node, connection } = link;
    if (!link.isOpen) throw new SessionError({ kind: 'resume-rejected', reason: 'superseded' });
    const forget = this.watch.onSilent(node, () => {
      this.leave(link, true);
    });
    this.#held.set(connection, { link, forget });
  }

  /** @throws SessionError resume-rejected where the connection holds no session any more */
  require(node: string, connection: string): RemoteLink {
    const link = this.find(node, connection);
    if (link === null) throw new SessionError({ kind: 'resume-rejected', reason: 'superseded' });
    return link;
  }

  /** A connection that holds a session; null where it does not any more. */
  find(node: string, connection: string): RemoteLink | null {
    const link = this.#held.get(connection)?.link;
    return link?.node === node ? link : null;
  }

  /** The connection has ended; where its client just vanished it has some time to come back. */
  leave(link: RemoteLink, vanished: boolean): void {
    if (!this.#forget(link)) return;
    link.close();
    if (link.session !== null) this.sessions.leave(link.session, link, vanished);
  }

  onModuleDestroy(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #forget({ connection }: RemoteLink): boolean {
    this.#held.get(connection)?.forget();
    return this.#held.delete(connection);
  }

  /** The other service closes the connection; where it is not told, it learns so by the next call or check. */
  async #tellSuperseded({ node, connection }: RemoteLink): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      if ((await this.#ask(node, 'superseded', { connection })) !== null) return;
    }
  }

  /** That a connection has ended may have been told in vain. */
  async #check(): Promise<void> {
    const byNode = new Map<string, RemoteLink[]>();
    for (const { link } of this.#held.values()) byNode.set(link.node, [...(byNode.get(link.node) ?? []), link]);
    for (const [node, links] of byNode) {
      const answer = await this.#ask(node, 'holds', { connections: links.map(({ connection }) => connection) });
      if (!is.texts(answer)) continue;
      for (const link of links) if (!answer.includes(link.connection)) this.leave(link, true);
    }
  }

  /** @returns null where there is no answer */
  async #ask(node: string, topic: string, body: object): Promise<unknown> {
    try {
      return await this.calls.ask(node, topic, body, ANSWER_MS);
    } catch (error) {
      if (error instanceof ClusterError || error instanceof RemoteFault) return null;
      throw error;
    }
  }
}
