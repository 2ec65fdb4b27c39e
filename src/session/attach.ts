import { Execution } from '../process/execution.js';
import type { Attachment } from './attachment.js';
import type { KnownExecution } from './known-execution.js';
import type { Session } from './session.js';
import { SessionError } from './session-error.js';

/**
 * How an execution is read: `owner`: writers wait for this reader, which takes the place of the owner's one; `heir`: the
 * same once its session has ended, without the wait; `observer`: what he has got counts for nobody.
 */
type Reading = 'owner' | 'heir' | 'observer';

/**
 * Begins to read an execution, in one step with the account of what there is: nothing falls between.
 * @throws SessionError seq-ahead
 */
export function attach(execution: KnownExecution, afterSeq: number, reading: Reading): Attachment {
  requireHappened(execution, afterSeq);
  const { id, pid, sessionId, log, account } = execution;
  const source = reading === 'owner' ? log.own(afterSeq) : log.read(afterSeq, reading === 'heir');
  return {
    id,
    pid,
    sessionId,
    encoding: account.request.output.encoding,
    state: account instanceof Execution ? account.state : account.outcome.status,
    firstSeq: log.firstSeq,
    nextSeq: log.nextSeq,
    gap: source.gap,
    source,
  };
}

/** How a session reads an execution. */
export function readingOf(session: Session, { sessionId }: KnownExecution): Reading {
  if (sessionId === session.id && !session.hasEnded) return 'owner';
  return session.client.role === 'observer' ? 'observer' : 'heir';
}

/** @throws SessionError seq-ahead where there was no such event yet */
export function requireHappened({ id, log }: KnownExecution, seq: number): void {
  if (seq >= log.nextSeq) throw new SessionError({ kind: 'seq-ahead', executionId: id, lastSeq: log.nextSeq - 1 });
}
