import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { LogPump } from '../../cluster/log/log-pump.js';
import type { LogWriter } from '../../cluster/log/log-writer.js';
import type { ReplicatedExecution } from '../../cluster/log/replicated-execution.js';
import { ClusterNode } from '../../cluster/node/cluster-node.js';
import type { KnownExecution } from '../../session/known-execution.js';
import type { Session } from '../../session/session.js';
import { type DirectoryListener, SessionDirectory } from '../../session/session-directory.js';
import { executionRow } from '../execution-row.js';
import type { ExecutionAbout } from './execution-about.js';
import { SessionRecords } from './session-records.js';
import { StartKeys } from './start-keys.js';

/** Longest wait for a log to be written anew. */
const REWRITE_MS = 2000;

interface Replicated {
  readonly known: KnownExecution;
  readonly execution: ReplicatedExecution;
  writer: LogWriter;
}

/** Has the events of all executions of this service written to the cluster's logs. */
@Injectable()
export class Replication implements OnModuleInit, DirectoryListener {
  readonly #logger = new Logger('Cluster');
  readonly #replicated = new Map<string, Replicated>();
  /** Executions that another service has declared lost. */
  readonly #lost = new WeakSet<KnownExecution>();

  constructor(
    private readonly node: ClusterNode,
    private readonly pump: LogPump,
    private readonly directory: SessionDirectory,
    private readonly records: SessionRecords,
    private readonly keys: StartKeys,
  ) {}

  onModuleInit(): void {
    if (this.node.isOn) this.directory.listen(this);
  }

  executionAdded(known: KnownExecution): void {
    const execution: ReplicatedExecution = {
      id: known.id,
      source: known.log,
      about: () => JSON.stringify(aboutOf(known)),
      account: () => (known.hasEnded ? JSON.stringify(executionRow(known)) : null),
      onFenced: () => {
        this.#lose(known);
      },
    };
    this.#replicated.set(known.id, { known, execution, writer: this.pump.add(execution) });
  }

  executionForgotten({ id }: KnownExecution): void {
    const replicated = this.#replicated.get(id);
    if (replicated !== undefined) this.pump.remove(replicated.writer);
    this.#replicated.delete(id);
    this.keys.forget(id);
  }

  sessionRemoved(session: Session): void {
    this.records.remove(session);
  }

  /** The cluster's log drops nothing after this event that is not dropped here; Infinity: it may. */
  need(id: string, seq: number): void {
    const writer = this.#replicated.get(id)?.writer;
    if (writer === undefined) return;
    writer.need(seq);
    this.pump.wake(writer);
  }

  /** Settles when all that is kept here after an event can be read in the cluster's log, now or soon; or after 2 s. */
  async cover(id: string, afterSeq: number): Promise<void> {
    const replicated = this.#replicated.get(id);
    if (replicated === undefined || this.#lost.has(replicated.known)) return;
    const { known, execution } = replicated;
    if (replicated.writer.covers(Math.max(afterSeq, known.log.firstSeq - 1))) return;
    // Once the end is written nothing more is; but what is missing is written after all.
    if (replicated.writer.isOver) replicated.writer = this.pump.add(execution);
    const patience = new AbortController();
    const tooLong = delay(REWRITE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    const written = replicated.writer.rewrite();
    this.pump.wake(replicated.writer);
    await Promise.race([written, tooLong]);
    patience.abort();
  }

  /** It has been told as lost: it ends here too. */
  #lose(known: KnownExecution): void {
    this.#lost.add(known);
    this.#logger.warn('Execution was declared lost by another service', { execution_id: known.id });
    known.live?.terminate('server_lost', 'Another service has declared this one dead');
  }
}

function aboutOf(known: KnownExecution): ExecutionAbout {
  const { group, sessionId, pid, account } = known;
  return { group, sessionId, pid, encoding: account.request.output.encoding, row: executionRow(known) };
}
