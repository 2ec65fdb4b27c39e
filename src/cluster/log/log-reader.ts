import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { RedisLink } from '../../redis/redis-link.js';
import { redisFault } from '../../redis/redis-fault.js';
import { RedisService } from '../../redis/redis.service.js';
import { CLUSTER_KEYS } from '../cluster-keys.js';
import { ClusterNode } from '../node/cluster-node.js';
import type { RemoteLog } from './remote-log.js';

/** Longest that one read waits at the server, and for its answer in all. */
const BLOCK_MS = 1000;
const ANSWER_MS = 3000;
/** Logs of one read, and entries of all of them together. */
const READ_LOGS = 64;
const READ_ENTRIES = 64;
const RETRY_MS = 100;
const WAKE_LIFE_MS = 60_000;

/** Follows the logs of executions of other services: one connection, and one read at a time, for all of them. */
@Injectable()
export class LogReader implements OnApplicationShutdown {
  readonly #logger = new Logger('Cluster');
  readonly #logs = new Set<RemoteLog<unknown>>();
  #link: Promise<RedisLink> | null = null;
  #wokenBy = '0-0';
  /** Ends the pause between two reads. */
  #goOn: () => void = noop;
  #isReading = false;
  #isWakeDue = false;
  #hasEnded = false;
  #window = 0;
  /** Reads for which each log is read alone. */
  #singly = 0;

  constructor(
    private readonly redis: RedisService,
    private readonly node: ClusterNode,
  ) {}

  /** Feeds a log from now on. @returns what ends that */
  follow(log: RemoteLog<unknown>): () => void {
    this.#logs.add(log);
    log.onRoom = () => {
      this.#wake();
    };
    if (this.#link === null) {
      this.#link = this.redis.link(ANSWER_MS);
      void this.#link.then((link) => this.#run(link));
    }
    this.#wake();
    return () => {
      log.onRoom = noop;
      this.#logs.delete(log);
    };
  }

  async onApplicationShutdown(): Promise<void> {
    this.#hasEnded = true;
    this.#goOn();
    (await this.#link)?.close();
  }

  async #run(link: RedisLink): Promise<void> {
    link.onUp(() => {
      this.#goOn();
    });
    while (!this.#hasEnded) {
      const ready = this.#ready();
      if (ready.size === 0) await this.#pause(BLOCK_MS);
      else if (!link.isUp || !(await this.#read(link, ready))) await this.#pause(RETRY_MS);
    }
  }

  /**
   * The keys of logs that have room, and up to where the one that is farthest behind has been read. Where they are too
   * many for one read, it is the turn of others each time.
   */
  #ready(): Map<string, number> {
    const ready = new Map<string, number>();
    for (const { executionId, receivedSeq, hasRoom } of this.#logs) {
      const key = CLUSTER_KEYS.log(executionId);
      if (hasRoom) ready.set(key, Math.min(receivedSeq, ready.get(key) ?? Infinity));
    }
    const most = this.#singly > 0 ? 1 : READ_LOGS;
    if (this.#singly > 0) this.#singly--;
    if (ready.size <= most) return ready;
    this.#window = (this.#window + most) % ready.size;
    const all = [...ready];
    return new Map([...all.slice(this.#window), ...all.slice(0, this.#window)].slice(0, most));
  }

  /** @returns false where the server could not be asked */
  async #read(link: RedisLink, ready: ReadonlyMap<string, number>): Promise<boolean> {
    const keys = [CLUSTER_KEYS.wake(this.node.id), ...ready.keys()];
    const ids = [this.#wokenBy, ...[...ready.values()].map((seq) => `${String(seq)}-0`)];
    const count = Math.max(1, Math.floor(READ_ENTRIES / ready.size));
    // Other logs wait for their turn.
    const blockMs = this.#logs.size > READ_LOGS || this.#singly > 0 ? 1 : BLOCK_MS;
    this.#isReading = true;
    try {
      const reply = await link.run((client) =>
        client.xreadBuffer('COUNT', count, 'BLOCK', blockMs, 'STREAMS', ...keys, ...ids),
      );
      const found = new Map((reply ?? []).map(([key, entries]) => [String(key), entries]));
      this.#wokenBy = String(found.get(keys[0] as string)?.at(-1)?.[0] ?? this.#wokenBy);
      for (const log of this.#logs) {
        const key = CLUSTER_KEYS.log(log.executionId);
        // To one that came meanwhile, or had no room, something before it may be missing.
        if (log.receivedSeq >= (ready.get(key) ?? Infinity)) this.#deliver(log, found.get(key) ?? []);
      }
      return true;
    } catch (error) {
      if (redisFault(error).concerns !== 'request') return false;
      // One of the keys holds something else: it is found by reading each alone.
      if (ready.size > 1) this.#singly = this.#logs.size;
      else
        for (const log of this.#logs)
          if (ready.has(CLUSTER_KEYS.log(log.executionId))) this.#giveUp(log, String(error));
      return true;
    } finally {
      this.#isReading = false;
      this.#isWakeDue = false;
    }
  }

  /** As much as it has room for. @param entries each under the number of its last event, then `-0` */
  #deliver(log: RemoteLog<unknown>, entries: readonly (readonly [Buffer, readonly Buffer[]])[]): void {
    for (const [id, [, bytes]] of entries) {
      if (!log.hasRoom || !this.#logs.has(log)) return;
      if (Number.parseInt(String(id), 10) <= log.receivedSeq) continue;
      if (bytes !== undefined && log.receive(bytes)) continue;
      this.#giveUp(log, `it is damaged at ${String(id)}`);
    }
  }

  #giveUp(log: RemoteLog<unknown>, why: string): void {
    this.#logger.error(`The log of an execution cannot be followed: ${why}`, { execution_id: log.executionId });
    this.#logs.delete(log);
  }

  /** A read that waits at the server begins anew, with the logs as they are now. */
  #wake(): void {
    this.#goOn();
    if (!this.#isReading || this.#isWakeDue) return;
    this.#isWakeDue = true;
    const key = CLUSTER_KEYS.wake(this.node.id);
    // Where it fails, the read ends by itself soon.
    this.redis
      .run((client) => client.multi().xadd(key, 'MAXLEN', 1, '*', 'w', '').pexpire(key, WAKE_LIFE_MS).exec(), 'write')
      .catch(() => undefined);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#goOn = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function noop(): void {
  // nothing waits
}
