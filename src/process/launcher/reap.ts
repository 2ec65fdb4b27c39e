import { killAll } from './kill-all.js';
import { INSTANCE_VARIABLE } from './order.js';
import { readVariable } from './process-table.js';

/** Time in which a process that was in the middle of an execve shows its mark again. */
const REAP_ROUND_MS = 20;

/** Kills everything that carries the mark of an instance, round after round until nothing is found twice. */
export function reap(mark: string, done: () => void, quietRounds = 0): void {
  const killed = killAll((pid) => readVariable(pid, INSTANCE_VARIABLE) === mark);
  if (killed === 0 && quietRounds > 0) done();
  else setTimeout(reap, REAP_ROUND_MS, mark, done, killed === 0 ? quietRounds + 1 : 0);
}
