import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { CLUSTER_KEYS } from '../cluster-keys.js';
import { ClusterNode } from '../node/cluster-node.js';
import { PUT_SCRIPT } from './put-script.js';
import type { SessionEntry } from './session-entry.js';
import { TAKE_SCRIPT } from './take-script.js';

const ID = /^[0-9a-f-]{36}$/;

/** Time beyond the grace of its client for which a session outlives its service, in milliseconds. */
const SPARE_MS = 60_000;

/** The sessions of all services. */
@Injectable()
export class SessionRegister {
  constructor(
    private readonly config: AppConfig,
    private readonly node: ClusterNode,
  ) {}

  /** How long a session that is not renewed is known. */
  get lifeMs(): number {
    return Math.ceil(this.config.session.resumeGraceMs + this.config.cluster.leaseMs + SPARE_MS);
  }

  /** @returns null where the cluster knows nothing of it @throws ClusterError */
  async find(id: string): Promise<SessionEntry | null> {
    if (!ID.test(id)) return null;
    const [node, about] = await this.node.ask((client) => client.hmget(CLUSTER_KEYS.session(id), 'node', 'about'));
    if (node == null || about == null || !ID.test(node)) return null;
    const count = await this.node.ask((client) => client.exists(CLUSTER_KEYS.node(node)));
    return { id, node, about, isNodeAlive: count === 1 };
  }

  /**
   * Enters a session of this service, or renews it.
   * @returns false where another service has taken it over
   * @throws ClusterError
   */
  async put(id: string, about: string): Promise<boolean> {
    const answer = await this.node.ask(
      (client) => client.eval(PUT_SCRIPT, 1, CLUSTER_KEYS.session(id), this.node.id, about, this.lifeMs),
      'write',
    );
    return answer !== 0;
  }

  /**
   * Takes over a session whose service is dead. Of many who do, one gets it.
   * @returns false where its service lives, or it is not what was found any more
   * @throws ClusterError
   */
  async take({ id, node, about }: SessionEntry): Promise<boolean> {
    const { leaseMs } = this.config.cluster;
    const args = [this.node.id, node, about, CLUSTER_KEYS.node(''), leaseMs, this.lifeMs];
    const answer = await this.node.ask(
      (client) => client.eval(TAKE_SCRIPT, 1, CLUSTER_KEYS.session(id), ...args),
      'write',
    );
    return answer === 'taken';
  }

  /** It has ended. Without the server it expires by itself. */
  async remove(id: string): Promise<void> {
    await this.node.ask((client) => client.del(CLUSTER_KEYS.session(id)), 'write').catch(() => undefined);
  }
}
