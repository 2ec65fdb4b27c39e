import type { LogDialect } from '../../cluster/log/remote-logs.js';
import type { ExecutionEvent } from '../../process/execution-event.js';
import { lostFields } from '../execution-row.js';
import { executionAbout } from './execution-about.js';
import { executionEventFrom } from './execution-event-from.js';

const WHY = 'The service that ran it is gone';

/** How the logs of executions are read, and how one ends whose service is dead. */
export const EXECUTION_DIALECT: LogDialect<ExecutionEvent> = {
  toEvent: executionEventFrom,
  lost: (entry) => {
    const row = executionAbout(entry?.about)?.row ?? {};
    return {
      event: { type: 'lost', error: WHY },
      account: JSON.stringify({ ...row, ...lostFields(WHY), state: 'failed' }),
    };
  },
};
