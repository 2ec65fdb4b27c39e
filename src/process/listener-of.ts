import { SpooledPipes } from './detached/spooled-pipes.js';
import type { Execution } from './execution.js';
import type { ExecutionPipes } from './execution-pipes.js';
import type { ChildListener } from './launched-children.js';

/** Tells an execution, and its pipes where the launcher has them, what the launcher tells. */
export function listenerOf(execution: Execution, pipes: ExecutionPipes): ChildListener {
  const listener: ChildListener = {
    used: (usage) => {
      execution.onUsed(usage);
    },
    exited: (code, signal, durationMs, final) => {
      execution.onExited({ code, signal }, durationMs, final);
    },
    exceeded: (excess) => {
      execution.onExceeded(excess);
    },
    cleared: (survivors) => {
      execution.onCleared(survivors);
    },
    lost: (why) => {
      execution.onLost(why);
    },
  };
  if (!(pipes instanceof SpooledPipes)) return listener;
  return {
    ...listener,
    spooled: (bytes) => {
      pipes.spooled(bytes);
    },
    taken: (bytes, isClosed) => {
      pipes.taken(bytes, isClosed);
    },
    lost: (why) => {
      pipes.lost();
      execution.onLost(why);
    },
  };
}
