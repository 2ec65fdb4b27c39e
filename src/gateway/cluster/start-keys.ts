import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ClusterError } from '../../cluster/cluster-error.js';
import { ClusterNode } from '../../cluster/node/cluster-node.js';
import { type ClaimedStart, StartRegister } from '../../cluster/start/start-register.js';
import type { StartKey } from '../../process/start-key.js';
import { SessionError } from '../../session/session-error.js';
import { is } from './is.js';

/** How often, and for how long at most, a start is asked for that another service has under way. */
const ASK_MS = 50;
const ASKS = 100;

/** Starts something once over all services where the client gave a key. */
@Injectable()
export class StartKeys {
  /** Of executions that were started under one. */
  readonly #keys = new Map<string, string>();

  constructor(
    private readonly node: ClusterNode,
    private readonly register: StartRegister,
  ) {}

  /**
   * The answer of `start`, or the one that another service gave to the same request; its `execution_id` is that of the
   * first. While Redis is away each service starts by itself.
   * @throws SessionError idempotency-conflict where another service has started another request under the key
   * @throws ClusterError where another service has it under way for too long
   * @throws what `start` throws; then the key is free
   */
  async once(group: string | null, key: StartKey | null, start: () => Promise<object>): Promise<object> {
    if (!this.node.isOn || key === null) return start();
    const name = `${group ?? ''} ${key.key}`;
    let claimed = await this.#claim(name, key.digest);
    if (claimed === 'unknown') return start();
    for (let asks = 0; claimed?.node !== this.node.id && claimed?.answer === null; asks++) {
      if (asks >= ASKS) throw new ClusterError('another service has the start under way');
      await delay(ASK_MS);
      claimed = await this.register.claim(name, key.digest);
    }
    // This service knows by itself what it has started.
    if (claimed !== null && claimed.node !== this.node.id) return duplicate(claimed, key.digest);
    return this.#start(name, claimed === null, start);
  }

  /** An execution is forgotten: what was started under its key may be started again. */
  forget(executionId: string): void {
    const name = this.#keys.get(executionId);
    this.#keys.delete(executionId);
    if (name !== undefined) this.#tell(this.register.free(name));
  }

  async #start(name: string, isClaimed: boolean, start: () => Promise<object>): Promise<object> {
    try {
      const answer = await start();
      const { execution_id: id, duplicate: isDuplicate } = answer as Readonly<Record<string, unknown>>;
      if (is.text(id) && isDuplicate !== true) {
        this.#keys.set(id, name);
        this.#tell(this.register.settle(name, JSON.stringify(answer)));
      }
      return answer;
    } catch (error) {
      if (isClaimed) this.#tell(this.register.free(name));
      throw error;
    }
  }

  async #claim(name: string, digest: string): Promise<ClaimedStart | null | 'unknown'> {
    try {
      return await this.register.claim(name, digest);
    } catch (error) {
      if (error instanceof ClusterError) return 'unknown';
      throw error;
    }
  }

  /** Redis tells its own state. */
  #tell(told: Promise<void>): void {
    told.catch((error: unknown) => {
      if (!(error instanceof ClusterError)) throw error;
    });
  }
}

/** @throws SessionError idempotency-conflict */
function duplicate({ digest, answer }: ClaimedStart, asked: string): object {
  const given: unknown = JSON.parse(answer ?? 'null');
  const id = is.object(given) ? given['execution_id'] : null;
  if (!is.object(given) || !is.text(id)) throw new Error('The answer of another service is damaged');
  if (digest !== asked) throw new SessionError({ kind: 'idempotency-conflict', executionId: id });
  return { ...given, duplicate: true };
}
