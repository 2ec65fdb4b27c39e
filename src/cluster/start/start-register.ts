import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { CLUSTER_KEYS } from '../cluster-keys.js';
import { ClusterNode } from '../node/cluster-node.js';
import { CLAIM_SCRIPT } from './claim-script.js';

/** What another service started, or starts, under a key. */
export interface ClaimedStart {
  readonly node: string;
  readonly digest: string;
  /** What it answered: text; null while the start is under way. */
  readonly answer: string | null;
}

/** Which service started what under the keys of clients, so that a request that comes again to another starts nothing. */
@Injectable()
export class StartRegister {
  constructor(
    private readonly config: AppConfig,
    private readonly node: ClusterNode,
  ) {}

  /**
   * Claims a key for this service.
   * @param key with its owner: the same text for the same client
   * @returns null where it is claimed from here on, or who has it
   * @throws ClusterError
   */
  async claim(key: string, digest: string): Promise<ClaimedStart | null> {
    const args = [this.node.id, digest, CLUSTER_KEYS.node(''), this.#lifeMs];
    const reply = await this.node.ask((client) => client.eval(CLAIM_SCRIPT, 1, nameOf(key), ...args), 'write');
    const [node, known, answer] = Array.isArray(reply) ? reply.map(String) : [];
    if (node === undefined || known === undefined) return null;
    return { node, digest: known, answer: answer === undefined || answer === '' ? null : answer };
  }

  /** What was started is known from here on. @throws ClusterError */
  async settle(key: string, answer: string): Promise<void> {
    await this.node.ask((client) => client.hset(nameOf(key), 'answer', answer), 'write');
  }

  /** Nothing was started, or it is forgotten: the key is free. @throws ClusterError */
  async free(key: string): Promise<void> {
    await this.node.ask((client) => client.del(nameOf(key)), 'write');
  }

  /** As long as an execution may be known of that nobody looks after. */
  get #lifeMs(): number {
    return Math.ceil(this.config.session.detachedTtlMs + this.config.cluster.endedMs);
  }
}

function nameOf(key: string): string {
  return CLUSTER_KEYS.start(createHash('sha256').update(key).digest('hex'));
}
