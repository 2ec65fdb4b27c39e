import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { RedisService } from '../../redis/redis.service.js';
import { ClusterNode } from '../node/cluster-node.js';
import { type DueWrite, LogSender } from './log-sender.js';
import { LogWriter } from './log-writer.js';
import type { ReplicatedExecution } from './replicated-execution.js';

/** What comes within this time is written together. */
const GATHER_MS = 15;
/** Bytes under way to the server. */
const FLUSH_BYTES = 2_097_152;
/** Longest that a write waits for its answer. */
const ANSWER_MS = 2000;
/** Longest that the end of the service waits for the last writes. */
const LAST_WRITES_MS = 1000;
/** What each log may keep, however many there are. */
const LEAST_LOG_BYTES = 65_536;
const TOUCHES_PER_LIFE = 3;
const RETRY_MS = 200;
/** A round that has so much may have left more. */
const FULL_BYTES = 262_144;

/**
 * Writes the logs of all executions of this service to the cluster's. Nothing waits for it: while Redis is slow or away,
 * the executions and their clients go on, and it writes later what is still there then.
 */
@Injectable()
export class LogPump implements OnModuleInit, OnApplicationShutdown {
  readonly #writers = new Set<LogWriter>();
  readonly #due = new Set<LogWriter>();
  /** Bytes that the server keeps of logs that have ended here. */
  #endedBytes = 0;
  #sender: LogSender | null = null;
  #timer: NodeJS.Timeout | null = null;
  #touches: NodeJS.Timeout | undefined;
  #isFlushing = false;
  #onIdle: () => void = noop;

  constructor(
    private readonly config: AppConfig,
    private readonly redis: RedisService,
    private readonly node: ClusterNode,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.node.isOn) return;
    this.#sender = new LogSender(await this.redis.link(ANSWER_MS), this.#touch.bind(this));
    this.#touches = setInterval(this.#touch.bind(this), this.#runningMs / TOUCHES_PER_LIFE).unref();
    this.node.onStandstill(() => {
      for (const writer of this.#writers) writer.doubt();
      this.#touch();
    });
  }

  /** @returns what writes its log from here on */
  add(execution: ReplicatedExecution): LogWriter {
    const { endedMs } = this.config.cluster;
    const life = { runningMs: this.#runningMs, endedMs };
    const writer: LogWriter = new LogWriter(execution, this.node.id, life, () => {
      this.wake(writer);
    });
    this.#writers.add(writer);
    // The others are to know of it at once.
    this.wake(writer, 0);
    return writer;
  }

  /** Nothing more is written of it. */
  remove(writer: LogWriter): void {
    writer.close();
    this.wake(writer);
  }

  /** There is something to write. */
  wake(writer: LogWriter, gatherMs = GATHER_MS): void {
    this.#due.add(writer);
    if (this.#timer === null && !this.#isFlushing && this.#isUp) this.#schedule(gatherMs);
  }

  /** Writes what is left, for a second at most. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#touches);
    if (this.#sender === null) return;
    if (this.#due.size > 0 && this.#isUp) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LAST_WRITES_MS);
        this.#onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#due.clear();
    this.#sender.close();
  }

  /** Without renewal a log outlives its service by as long as an ended one is known, and by a lease. */
  get #runningMs(): number {
    const { endedMs, leaseMs } = this.config.cluster;
    return Math.ceil(endedMs + leaseMs);
  }

  /** Renews all logs; what has expired or was lost by the server is written again. */
  #touch(): void {
    for (const writer of this.#writers) {
      writer.touch();
      this.wake(writer);
    }
  }

  get #isUp(): boolean {
    return this.#sender?.isUp ?? false;
  }

  #schedule(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#flush();
    }, ms);
  }

  async #flush(): Promise<void> {
    this.#isFlushing = true;
    let outcome: 'full' | 'done' | 'failed' = 'full';
    while (outcome === 'full' && this.#due.size > 0 && this.#isUp) outcome = await this.#write();
    this.#isFlushing = false;
    if (this.#due.size === 0) this.#onIdle();
    else if (this.#isUp) this.#schedule(outcome === 'failed' ? RETRY_MS : GATHER_MS);
  }

  /** One round of writes; `full`: there is more than fits into one. */
  async #write(): Promise<'full' | 'done' | 'failed'> {
    const round: DueWrite[] = [];
    const limitBytes = this.#limitBytes();
    let bytes = 0;
    for (const writer of this.#due) {
      if (bytes >= FLUSH_BYTES) break;
      this.#due.delete(writer);
      const write = writer.next(limitBytes);
      if (writer.isOver) this.#retire(writer);
      if (write === null) continue;
      round.push({ writer, write });
      bytes += write.bytes;
    }
    const answers = (await this.#sender?.send(round)) ?? null;
    const isFailed = round.length > 0 && (answers === null || answers.every((answer) => answer === null));
    // What is made again holds what it is to write: it goes first, so that there is not ever more of it.
    const waiting = isFailed ? [...this.#due] : [];
    if (isFailed) this.#due.clear();
    round.forEach(({ writer }, index) => {
      const answer = answers?.[index] ?? null;
      writer.settle(answer);
      if (writer.isOver) this.#retire(writer);
      // For what was left, and for what came meanwhile.
      else if (answer !== null || isFailed) this.#due.add(writer);
      else
        setTimeout(() => {
          this.wake(writer);
        }, RETRY_MS).unref();
    });
    for (const writer of waiting) this.#due.add(writer);
    if (isFailed) return 'failed';
    return bytes >= FULL_BYTES ? 'full' : 'done';
  }

  /** What each log may keep: as much as it likes, while all of them together are not over their bound. */
  #limitBytes(): number {
    const { replayBufferBytes: logBytes, replayTotalBytes: allLogsBytes } = this.config.stream;
    let bytes = this.#endedBytes;
    for (const { keptBytes } of this.#writers) bytes += keptBytes;
    if (bytes < allLogsBytes) return logBytes;
    return Math.min(logBytes, Math.max(LEAST_LOG_BYTES, allLogsBytes / Math.max(1, this.#writers.size)));
  }

  #retire(writer: LogWriter): void {
    if (!this.#writers.delete(writer)) return;
    const { keptBytes } = writer;
    this.#endedBytes += keptBytes;
    setTimeout(() => {
      this.#endedBytes -= keptBytes;
    }, this.config.cluster.endedMs).unref();
  }
}

function noop(): void {
  // no one waits
}
