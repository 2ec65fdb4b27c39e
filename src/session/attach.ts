import { Execution } from '../process/execution.js';
import type { Attachment } from './attachment.js';
import type { KnownExecution } from './known-execution.js';
import { SessionError } from './session-error.js';

/**
 * Begins to read an execution, in one step with the account of what there is: nothing falls between.
 * @param asOwner true: writers wait for this reader, which takes the place of the owner's one
 * @throws SessionError seq-ahead
 */
export function attach(execution: KnownExecution, afterSeq: number, asOwner: boolean): Attachment {
  requireHappened(execution, afterSeq);
  const { id, pid, sessionId, log, account } = execution;
  const source = asOwner ? log.own(afterSeq) : log.read(afterSeq);
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

/** @throws SessionError seq-ahead where there was no such event yet */
export function requireHappened({ id, log }: KnownExecution, seq: number): void {
  if (seq >= log.nextSeq) throw new SessionError({ kind: 'seq-ahead', executionId: id, lastSeq: log.nextSeq - 1 });
}
