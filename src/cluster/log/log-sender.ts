import { Logger } from '@nestjs/common';
import { redisFault } from '../../redis/redis-fault.js';
import type { RedisLink } from '../../redis/redis-link.js';
import { CLUSTER_KEYS } from '../cluster-keys.js';
import { APPEND_SCRIPT } from './append-script.js';
import type { LogWrite, LogWriter, WriteAnswer } from './log-writer.js';

/** A write that is to be made, and whose it is. */
export interface DueWrite {
  readonly writer: LogWriter;
  readonly write: LogWrite;
}

/** Sends the writes of logs to the server, on a connection of their own. */
export class LogSender {
  readonly #logger = new Logger('Cluster');
  /** Of the script, as the server knows it; null where it may not. */
  #sha: string | null = null;
  #isFaultTold = false;

  /** @param onUp called each time the server can be reached */
  constructor(
    private readonly link: RedisLink,
    onUp: () => void,
  ) {
    link.onUp(() => {
      this.#sha = null;
      onUp();
    });
  }

  get isUp(): boolean {
    return this.link.isUp;
  }

  close(): void {
    this.link.close();
  }

  /**
   * Makes the writes. Never rejects.
   * @returns what each of them came to, null where nobody knows; null where the server could not be asked
   */
  async send(round: readonly DueWrite[]): Promise<(WriteAnswer | null)[] | null> {
    if (round.length === 0) return [];
    try {
      const replies = await this.link.run(async (client) => {
        const sha = (this.#sha ??= String(await client.script('LOAD', APPEND_SCRIPT)));
        const pipeline = client.pipeline();
        for (const { writer, write } of round) {
          const { id } = writer.execution;
          pipeline.evalsha(sha, 2, CLUSTER_KEYS.execution(id), CLUSTER_KEYS.log(id), ...write.args);
        }
        return pipeline.exec();
      });
      return (replies ?? []).map(([error, reply]) => (error === null ? answerOf(reply) : this.#failed(error)));
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Redis tells its own state; what else is wrong is told once. */
  #failed(error: unknown): null {
    if (redisFault(error).concerns !== 'request') return null;
    if (String(error).includes('NOSCRIPT')) this.#sha = null;
    else if (!this.#isFaultTold) {
      this.#isFaultTold = true;
      this.#logger.error(`A log cannot be written to the cluster's: ${String(error)}`);
    }
    return null;
  }
}

function answerOf(reply: unknown): WriteAnswer | null {
  const [kind, fence] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (kind === 'ok') return { kind, fence: Number(fence) };
  return kind === 'unknown' || kind === 'fenced' ? { kind } : null;
}
