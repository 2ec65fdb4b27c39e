import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { CLUSTER_KEYS } from '../cluster-keys.js';
import { batchStart } from '../log/decode-records.js';
import { encodeRecords } from '../log/encode-records.js';
import { LOST_EVENTS } from '../log/lost-events.js';
import { ClusterNode } from '../node/cluster-node.js';
import type { ExecutionEntry } from './execution-entry.js';
import { LOOK_SCRIPT } from './look-script.js';
import { TAKEOVER_SCRIPT } from './takeover-script.js';

const ID = /^[0-9a-f-]{36}$/;

/** The executions of all services. */
@Injectable()
export class ExecutionRegister {
  constructor(
    private readonly config: AppConfig,
    private readonly node: ClusterNode,
  ) {}

  /** @returns null where the cluster knows nothing of it @throws ClusterError */
  async find(id: string): Promise<ExecutionEntry | null> {
    if (!ID.test(id)) return null;
    const { execution, log, node } = CLUSTER_KEYS;
    const reply = await this.node.ask((client) =>
      client.callBuffer('EVAL', LOOK_SCRIPT, 2, execution(id), log(id), node('')),
    );
    return entryFrom(id, reply);
  }

  /**
   * Declares an execution lost whose service is dead. Its end is in the log once, whoever else declares the same.
   * @param end the event that tells it, and the account of it as JSON
   * @returns false where its service lives or the execution has ended
   * @throws ClusterError
   */
  async declareLost(entry: ExecutionEntry, end: unknown, account: string): Promise<boolean> {
    const { execution, log, node } = CLUSTER_KEYS;
    const { leaseMs, endedMs } = this.config.cluster;
    let current: ExecutionEntry | null = entry;
    while (current?.state === 'running') {
      const { id, fence, lastSeq }: ExecutionEntry = current;
      const seq = lastSeq + LOST_EVENTS;
      const bytes = encodeRecords([{ kind: 'event', seq, event: end }]);
      const args = [this.node.id, fence, lastSeq, node(''), leaseMs, Math.ceil(endedMs), account, seq, bytes];
      const answer = await this.node.ask(
        (client) => client.eval(TAKEOVER_SCRIPT, 2, execution(id), log(id), ...args),
        'write',
      );
      if (answer !== 'changed') return answer === 'taken';
      current = await this.find(id);
    }
    return false;
  }
}

/** Whoever can write to the store may have written it. */
function entryFrom(id: string, reply: unknown): ExecutionEntry | null {
  if (!Array.isArray(reply) || reply.length !== 8) return null;
  const parts: readonly unknown[] = reply;
  const [node, fence, last, state, about, account] = parts.map((part) => (Buffer.isBuffer(part) ? String(part) : ''));
  const [fenceNumber, lastSeq, head] = [Number(fence), Number(last), parts[7]];
  if (node === undefined || !ID.test(node) || !Number.isSafeInteger(fenceNumber) || !isSeq(lastSeq)) return null;
  if (state !== 'running' && state !== 'ended') return null;
  return {
    id,
    node,
    isNodeAlive: parts[6] === 1,
    state,
    lastSeq,
    firstSeq: Buffer.isBuffer(head) && head.length > 0 ? batchStart(head) : null,
    fence: fenceNumber,
    about: parsed(about),
    account: parsed(account),
  };
}

/** So far below the largest whole number that the end of a lost execution has its own. */
function isSeq(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER - LOST_EVENTS;
}

function parsed(text = ''): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
