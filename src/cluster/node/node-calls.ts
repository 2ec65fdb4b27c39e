import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { RedisLink } from '../../redis/redis-link.js';
import { RedisService } from '../../redis/redis.service.js';
import { CLUSTER_KEYS } from '../cluster-keys.js';
import { ClusterError } from '../cluster-error.js';
import { ClusterNode } from './cluster-node.js';
import { type NodeMessage, openMessage, sealMessage } from './node-message.js';
import { Reply } from './reply.js';
import { RemoteFault } from './remote-fault.js';

/** Longest that the subscribed connection waits for an answer of its own. */
const ANSWER_MS = 2000;
/** Longest that a message may say it is good for. */
const LONGEST_MS = 60_000;
/** How long something that is told is good for. */
const TELL_MS = 10_000;
/** Questions of others under way, and questions of one's own. */
const MAX_UNANSWERED = 1000;
/** Messages that were seen: none is acted upon twice. */
const MAX_SEEN = 100_000;

interface Answer extends Pick<NodeMessage, 'kind' | 'body'> {
  readonly reply: Reply | null;
}

type Listener = (body: unknown, from: string) => unknown;

/**
 * Questions and their answers between the services, each at most once: a question that is not answered in time may have
 * been acted upon, or not; one that comes late is not.
 */
@Injectable()
export class NodeCalls implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger('Cluster');
  readonly #listeners = new Map<string, Listener>();
  readonly #asked = new Map<string, (answer: NodeMessage) => void>();
  /** Until when each message that was seen is good. */
  readonly #seen = new Map<string, number>();
  #link: RedisLink | null = null;
  #unanswered = 0;

  constructor(
    private readonly config: AppConfig,
    private readonly redis: RedisService,
    private readonly node: ClusterNode,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.node.isOn) return;
    this.#link = await this.redis.link(ANSWER_MS);
    this.#link.subscribe(CLUSTER_KEYS.inbox(this.node.id), (sealed) => {
      this.#receive(sealed);
    });
  }

  /**
   * Answers what the others ask under a topic. What `listener` throws as a RemoteFault is told as it is; anything else is
   * logged, and told as nothing. The body is whatever was sent. A Reply says what follows its answer.
   */
  on(topic: string, listener: Listener): void {
    this.#listeners.set(topic, listener);
  }

  /**
   * Asks another service.
   * @throws RemoteFault what it refuses
   * @throws ClusterError where Redis is away, at once; where it does not answer within `limitMs`; or for too large a body
   */
  async ask(to: string, topic: string, body: unknown, limitMs: number): Promise<unknown> {
    if (this.#asked.size >= MAX_UNANSWERED) throw new ClusterError('too many questions are under way');
    const id = randomUUID();
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<NodeMessage | null>((resolve) => {
      this.#asked.set(id, resolve);
      timer = setTimeout(resolve, limitMs, null);
    });
    try {
      await this.#send({ id, to, kind: 'ask', topic, body, by: this.node.now + limitMs });
      const answer = await answered;
      if (answer === null) throw new ClusterError('the other service does not answer');
      if (answer.kind === 'fault') throw new RemoteFault(answer.body);
      return answer.body;
    } finally {
      clearTimeout(timer);
      this.#asked.delete(id);
    }
  }

  /** Tells another service, which does not answer. Whether it is heard nobody knows. @throws ClusterError */
  tell(to: string, topic: string, body: unknown): Promise<void> {
    return this.#send({ id: randomUUID(), to, kind: 'tell', topic, body, by: this.node.now + TELL_MS });
  }

  onApplicationShutdown(): void {
    this.#link?.close();
  }

  async #send(message: Omit<NodeMessage, 'from'>): Promise<void> {
    const sealed = sealMessage({ ...message, from: this.node.id }, this.config.cluster.secret);
    if (sealed === null) throw new ClusterError('a message is too large');
    const heard = await this.node.ask((client) => client.publish(CLUSTER_KEYS.inbox(message.to), sealed), 'write');
    if (heard === 0) throw new ClusterError('the other service does not listen');
  }

  #receive(sealed: Buffer): void {
    const message = openMessage(sealed, this.config.cluster.secret);
    if (message === null)
      this.#logger.warn('A message of the cluster is not understood, or is not signed as it should be');
    else if (this.#isFresh(message)) void this.#act(message);
  }

  /** One that came in time, for the first time. */
  #isFresh({ id, to, by, kind }: NodeMessage): boolean {
    const { now } = this.node;
    if (to !== this.node.id || by < now || by > now + LONGEST_MS) return false;
    const key = `${kind}${id}`;
    if (this.#seen.has(key)) return false;
    this.#seen.set(key, by);
    for (const [old, goodBy] of this.#seen) {
      if (goodBy >= now && this.#seen.size <= MAX_SEEN) break;
      this.#seen.delete(old);
    }
    return true;
  }

  async #act(message: NodeMessage): Promise<void> {
    const { id, from, by, kind, topic } = message;
    if (kind === 'answer' || kind === 'fault') {
      this.#asked.get(id)?.(message);
      return;
    }
    const listener = this.#listeners.get(topic ?? '');
    if (listener === undefined || this.#unanswered >= MAX_UNANSWERED) return;
    this.#unanswered++;
    const { reply, ...answer } = await this.#answerOf(listener, message);
    this.#unanswered--;
    if (kind === 'ask' && by >= this.node.now) {
      // Who asked finds out by waiting.
      await this.#send({ id, to: from, by, topic: null, ...answer }).catch((error: unknown) => {
        this.#logger.warn(`An answer is not sent: ${String(error)}`);
      });
    }
    reply?.sent();
  }

  async #answerOf(listener: Listener, { body, from }: NodeMessage): Promise<Answer> {
    try {
      const answer = await listener(body, from);
      return answer instanceof Reply
        ? { kind: 'answer', body: answer.body, reply: answer }
        : { kind: 'answer', body: answer, reply: null };
    } catch (error) {
      if (error instanceof RemoteFault) return { kind: 'fault', body: error.fault, reply: null };
      this.#logger.error(
        `A question of the cluster fails: ${String(error)}`,
        error instanceof Error ? error.stack : '',
      );
      return { kind: 'fault', body: null, reply: null };
    }
  }
}
