import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ClusterError } from '../../cluster/cluster-error.js';
import { ClusterNode } from '../../cluster/node/cluster-node.js';
import { SessionRegister } from '../../cluster/session/session-register.js';
import type { Session } from '../../session/session.js';
import { SessionDirectory } from '../../session/session-directory.js';
import { SessionService } from '../../session/session.service.js';

const RENEWALS_PER_LIFE = 3;

/** Keeps the others informed of this service's sessions: who may resume them, and what they run. */
@Injectable()
export class SessionRecords implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger('Cluster');
  #timer: NodeJS.Timeout | null = null;
  #forgetReturn: () => void = () => undefined;

  constructor(
    private readonly node: ClusterNode,
    private readonly register: SessionRegister,
    private readonly directory: SessionDirectory,
    private readonly sessions: SessionService,
  ) {}

  onModuleInit(): void {
    if (!this.node.isOn) return;
    const renew = (): void => void this.#renew();
    this.#timer = setInterval(renew, this.register.lifeMs / RENEWALS_PER_LIFE).unref();
    this.#forgetReturn = this.node.onUp(renew);
    this.node.onStandstill(renew);
  }

  /** Tells the others what the session is now. Never rejects; while Redis is away they are told later. */
  async save(session: Session): Promise<void> {
    if (!this.node.isOn || session.isProvisional || session.hasEnded) return;
    const { id, client, token, executions } = session;
    const { tokenName, group } = client;
    const about = { tokenName, group, digests: token.digests, executions: executions.map((execution) => execution.id) };
    try {
      if (!(await this.register.put(id, JSON.stringify(about)))) this.#lose(session);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
    }
  }

  /** It has ended. */
  remove(session: Session): void {
    if (this.node.isOn && !session.isProvisional) void this.register.remove(session.id);
  }

  onModuleDestroy(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#forgetReturn();
  }

  async #renew(): Promise<void> {
    for (const session of [...this.directory.sessions]) await this.save(session);
  }

  /** Another service has declared this one dead, and has the session now. */
  #lose(session: Session): void {
    this.#logger.warn('Session was taken over by another service', { session_id: session.id });
    session.link?.supersede();
    this.sessions.end(session);
  }
}
