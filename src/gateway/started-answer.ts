import type { KnownExecution } from '../session/known-execution.js';
import { estimateAnswer } from './estimate-answer.js';

/** What `execute` answers. */
export function startedAnswer({ id, pid, account }: KnownExecution, isDuplicate: boolean): object {
  const { time, estimate } = account.limits;
  const stallMs = time.stallTimeoutMs ?? time.stillnessMs;
  return {
    status: 'started',
    pid,
    pgid: pid,
    execution_id: id,
    timeout: time.timeoutMs === null ? null : time.timeoutMs / 1000,
    stall_timeout: stallMs === null ? null : stallMs / 1000,
    estimate: estimateAnswer(estimate),
    ...(isDuplicate ? { duplicate: true } : {}),
  };
}
