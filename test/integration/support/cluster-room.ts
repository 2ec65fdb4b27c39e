import type * as Register from '../../../src/cluster/execution/execution-register.js';
import type * as Pump from '../../../src/cluster/log/log-pump.js';
import type * as Reader from '../../../src/cluster/log/log-reader.js';
import type * as Remote from '../../../src/cluster/log/remote-log.js';
import type * as Calls from '../../../src/cluster/node/node-calls.js';
import type * as Node from '../../../src/cluster/node/cluster-node.js';
import type * as LoadConfig from '../../../src/config/load-config.js';
import type * as Redis from '../../../src/redis/redis.service.js';
import type { LogRecord } from '../../../src/stream/log/log-record.js';
import { built } from '../../support/built.js';
import { eventually } from '../../e2e/support/eventually.js';

const { loadConfig } = await built<typeof LoadConfig>('config/load-config.js');
const { RedisService } = await built<typeof Redis>('redis/redis.service.js');
const { ClusterNode } = await built<typeof Node>('cluster/node/cluster-node.js');
const { NodeCalls } = await built<typeof Calls>('cluster/node/node-calls.js');
const { LogPump } = await built<typeof Pump>('cluster/log/log-pump.js');
const { LogReader } = await built<typeof Reader>('cluster/log/log-reader.js');
const { RemoteLog } = await built<typeof Remote>('cluster/log/remote-log.js');
const { ExecutionRegister } = await built<typeof Register>('cluster/execution/execution-register.js');

export interface TestEvent {
  readonly type: string;
}

/** What a reader saw: output as text, events by their type, gaps by their numbers. */
export type Seen = readonly [seq: number, what: string];

/** The room of one service, in this process. */
export class ClusterRoom {
  readonly redis: Redis.RedisService;
  readonly node: Node.ClusterNode;
  readonly calls: Calls.NodeCalls;
  readonly pump: Pump.LogPump;
  readonly reader: Reader.LogReader;
  readonly register: Register.ExecutionRegister;

  private constructor(url: string, environment: Readonly<Record<string, string>>) {
    const config = loadConfig({
      PATH: process.env.PATH,
      CC_EXECUTOR_SHELL: 'bash',
      DATA_DIR: '/tmp',
      CLUSTER: 'on',
      CLUSTER_LEASE: '0.9',
      REDIS_URL: url,
      ...environment,
    });
    this.redis = new RedisService(config);
    this.node = new ClusterNode(config, this.redis);
    this.calls = new NodeCalls(config, this.redis, this.node);
    this.pump = new LogPump(config, this.redis, this.node);
    this.reader = new LogReader(this.redis, this.node);
    this.register = new ExecutionRegister(config, this.node);
  }

  /** Resolves when it beats. */
  static async start(url: string, environment: Readonly<Record<string, string>> = {}): Promise<ClusterRoom> {
    const room = new ClusterRoom(url, environment);
    room.redis.onModuleInit();
    room.node.onModuleInit();
    await Promise.all([room.calls.onModuleInit(), room.pump.onModuleInit()]);
    await room.isBeating();
    return room;
  }

  async isBeating(): Promise<void> {
    await eventually(
      () => this.redis.run((client) => client.exists(`cc_executor:cluster:node:${this.node.id}`)).catch(() => 0),
      (count) => count === 1,
    );
  }

  /** Follows an execution of another service; `seen` grows. */
  follow(id: string, afterSeq = 0): { readonly seen: Seen[]; readonly stop: () => void } {
    const log = new RemoteLog<TestEvent>(id, afterSeq, (value) => value as TestEvent);
    const seen: Seen[] = [];
    log.onAppend = () => {
      for (let record = log.peek(); record !== null; record = log.peek()) {
        const gap = log.takeGap();
        if (gap !== null) seen.push([gap.from, `gap to ${gap.to}`]);
        seen.push([log.nextSeq, told(record)]);
        log.advance(lastSeq(record) + 1 - log.nextSeq);
      }
    };
    return { seen, stop: this.reader.follow(log) };
  }

  async stop(): Promise<void> {
    await this.pump.onApplicationShutdown();
    await this.reader.onApplicationShutdown();
    this.calls.onApplicationShutdown();
    await this.node.onApplicationShutdown();
    await this.redis.onApplicationShutdown();
  }
}

function told(record: LogRecord<TestEvent>): string {
  return record.kind === 'event' ? record.event.type : record.data.toString();
}

function lastSeq(record: LogRecord<unknown>): number {
  return record.kind === 'event' ? record.seq : record.firstSeq + record.count - 1;
}
