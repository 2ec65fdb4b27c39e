import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { ExecutionEntry } from '../../cluster/execution/execution-entry.js';
import { RemoteLogs } from '../../cluster/log/remote-logs.js';
import { NodeCalls } from '../../cluster/node/node-calls.js';
import { ProcessError } from '../../process/process-error.js';
import type { SessionClient } from '../../session/session-client.js';
import { SessionError } from '../../session/session-error.js';
import { type ExecutionAbout, executionAbout } from './execution-about.js';
import { EXECUTION_DIALECT } from './execution-dialect.js';
import { MESSAGE_BODIES, type RemoteAttachment } from './message-bodies.js';
import { is } from './is.js';
import { refusedAlike } from './refused-alike.js';

/** After which one that has just begun is known to all. */
const LATE_MS = 100;
/** Longest that another service takes. */
const ANSWER_MS = 3000;

interface AskOptions {
  readonly limitMs?: number;
  /** Names the client as a reader. */
  readonly connection?: string;
}

/** An execution of another service that a client may know of. */
export interface FoundExecution {
  readonly entry: ExecutionEntry;
  readonly about: ExecutionAbout;
}

/** Calls about executions of other services, for clients who have no session there. */
@Injectable()
export class GuestCalls {
  constructor(
    private readonly logs: RemoteLogs,
    private readonly calls: NodeCalls,
  ) {}

  /**
   * An execution of the client's group; one whose service is dead has been declared lost.
   * @returns null where there is none
   * @throws ClusterError
   */
  async find(client: SessionClient, id: string): Promise<FoundExecution | null> {
    const entry = (await this.#look(id)) ?? (await delay(LATE_MS).then(() => this.#look(id)));
    const about = executionAbout(entry?.about);
    return entry === null || about?.group !== client.group ? null : { entry, about };
  }

  /**
   * Has a call answered by the service of the execution.
   * @throws RpcError what is refused there
   * @throws ClusterError
   */
  async ask(
    client: SessionClient,
    node: string,
    method: string,
    params: object,
    options: AskOptions = {},
  ): Promise<object> {
    const { limitMs = ANSWER_MS, connection = null } = options;
    const request = { client, method, params, connection };
    return MESSAGE_BODIES.called(await refusedAlike(() => this.calls.ask(node, 'guest', request, limitMs))).result;
  }

  /** @throws ProcessError not-running for what only a running execution can do, where it has ended */
  async control(
    client: SessionClient,
    { entry, about }: FoundExecution,
    method: string,
    params: object,
  ): Promise<object> {
    if (entry.state === 'ended' && !entry.isNodeAlive)
      throw new ProcessError({ kind: 'not-running', pid: about.pid, executionId: entry.id });
    return this.ask(client, entry.node, method, params);
  }

  /** Its row, as its service tells it, or told when it ended. @throws as `ask` */
  async status(client: SessionClient, { entry, about }: FoundExecution): Promise<object> {
    if (entry.state === 'running') return this.ask(client, entry.node, 'status', { execution_id: entry.id });
    return is.object(entry.account) ? entry.account : about.row;
  }

  /**
   * What there is to read of it behind an event.
   * @param connection what its service knows the reader by
   * @throws SessionError seq-ahead
   * @throws as `ask`
   */
  async attach(
    client: SessionClient,
    { entry, about }: FoundExecution,
    afterSeq: number,
    connection: string,
  ): Promise<RemoteAttachment> {
    const { id, state, lastSeq } = entry;
    if (state === 'running') {
      const params = { execution_id: id, after_seq: afterSeq };
      return MESSAGE_BODIES.attachment(await this.ask(client, entry.node, 'attach', params, { connection }));
    }
    if (afterSeq > lastSeq) throw new SessionError({ kind: 'seq-ahead', executionId: id, lastSeq });
    const { pid, sessionId, encoding } = about;
    const firstSeq = entry.firstSeq ?? lastSeq + 1;
    const row = is.object(entry.account) ? entry.account : about.row;
    return {
      id,
      pid,
      sessionId,
      encoding,
      state: is.text(row['state']) ? row['state'] : 'failed',
      firstSeq,
      nextSeq: lastSeq + 1,
      gap: firstSeq > afterSeq + 1 ? { from: afterSeq + 1, to: firstSeq - 1 } : null,
      isHeard: false,
    };
  }

  #look(id: string): Promise<ExecutionEntry | null> {
    return this.logs.find(id.toLowerCase(), EXECUTION_DIALECT);
  }
}
