import { Injectable } from '@nestjs/common';
import type { Execution } from '../process/execution.js';
import type { ExecutionEvent } from '../process/execution-event.js';
import type { ExecutionRequest } from '../process/execution-request.js';
import { ProcessError } from '../process/process-error.js';
import { ProcessService } from '../process/process.service.js';
import type { StartKey } from '../process/start-key.js';
import type { EventSource } from '../stream/event-source.js';
import { attach, readingOf } from './attach.js';
import type { Attachment } from './attachment.js';
import type { KnownExecution } from './known-execution.js';
import type { Session } from './session.js';
import { SessionDirectory } from './session-directory.js';
import type { SessionLink } from './session-link.js';
import { StartLedger } from './start-ledger.js';

/** A start that was asked for. `source` is what its client reads it by; null where it reads it already, or is away. */
interface Started {
  readonly execution: KnownExecution;
  readonly isDuplicate: boolean;
  readonly source: EventSource<ExecutionEvent> | null;
}

/**
 * What clients can do with executions: with those of their session, and by the id with all of their group. What is not
 * theirs is not there.
 */
@Injectable()
export class ExecutionsService {
  constructor(
    private readonly directory: SessionDirectory,
    private readonly processes: ProcessService,
    private readonly ledger: StartLedger,
  ) {}

  /**
   * Starts a command, or finds the one that was started under the same key.
   * @param link the connection on which it was asked for
   * @throws SessionError resume-rejected, already-running, process-limit, or idempotency-conflict
   * @throws what ProcessService.start throws
   */
  async start(session: Session, request: ExecutionRequest, key: StartKey | null, link: SessionLink): Promise<Started> {
    if (key === null) return { ...(await session.start(request, link)), isDuplicate: false };
    let source: Started['source'] = null;
    const start = await this.ledger.once(session.client.group, key, async () => {
      const begun = await session.start(request, link, key);
      source = begun.source;
      return begun.execution;
    });
    return { ...start, source };
  }

  /**
   * The execution to be controlled: by its id, else the session's running one that was started last.
   * @throws ProcessError not-running
   */
  async control(session: Session, id: string | null): Promise<Execution> {
    const known = await this.#find(session, id);
    if (known?.live != null) return known.live;
    throw new ProcessError({ kind: 'not-running', pid: known?.pid ?? null, executionId: id });
  }

  /**
   * An execution that runs or has ended lately, with its use of the machine as it is now.
   * @throws ProcessError not-running
   */
  async look(session: Session, id: string): Promise<KnownExecution> {
    const known = await this.#require(session, id);
    if (known.live !== null) await this.processes.measure();
    return known;
  }

  /**
   * What runs, or has left processes running, with its use of the machine as it is now: for the session, with what is
   * detached of its group; all of the group for an observer, who has none of his own.
   */
  async list(session: Session): Promise<KnownExecution[]> {
    await session.settled();
    const { group, role } = session.client;
    const isListed = (execution: KnownExecution): boolean =>
      execution.group === group && (role === 'observer' || execution.isDetached || execution.sessionId === session.id);
    const listed = this.directory.live.filter(isListed);
    if (listed.length > 0) await this.processes.measure();
    return listed.filter(({ live }) => live !== null);
  }

  /**
   * Begins to read an execution behind an event. The session's own is read in the place of its own reader.
   * @throws ProcessError not-running where there is none
   * @throws SessionError seq-ahead
   */
  async attach(session: Session, id: string, afterSeq: number): Promise<Attachment> {
    const known = await this.#require(session, id);
    return attach(known, afterSeq, readingOf(session, known));
  }

  async #find(session: Session, id: string | null): Promise<KnownExecution | null> {
    const own = await session.find(id);
    return own ?? (id === null ? null : this.directory.execution(id, session.client.group));
  }

  async #require(session: Session, id: string): Promise<KnownExecution> {
    const known = await this.#find(session, id);
    if (known === null) throw new ProcessError({ kind: 'not-running', pid: null, executionId: id });
    return known;
  }
}
