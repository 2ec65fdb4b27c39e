import { statSync } from 'node:fs';
import type { ResourceLimits } from '../config/resource-limits.js';
import type { ExecutionRequest } from './execution-request.js';
import { NO_DIRECTORY, NO_PRLIMIT } from './launcher/order.js';
import { launcherLimits } from './limit/launcher-limits.js';
import { ProcessError } from './process-error.js';
import { refusedStart } from './refused-start.js';

/** System errors that the client's request causes, and what they say of the program. */
const REQUEST_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'No such program',
  EACCES: 'The program is not executable',
  ENOEXEC: 'The program is not executable',
  ELOOP: 'No such program',
  ENOTDIR: 'No such program',
  ENAMETOOLONG: 'The name is too long',
  E2BIG: 'The arguments and the environment together are too long for the system',
};

/** What is wrong where the launcher could not start a command. @param code the system's, or one of order.ts */
export function startError(request: ExecutionRequest, limits: ResourceLimits, cwd: string, code: string): ProcessError {
  const cwdFault = directoryFault(cwd, code);
  if (cwdFault !== null) return unusable('cwd', cwdFault);
  const [resource] = launcherLimits(limits);
  if (code === NO_PRLIMIT && resource !== undefined) return new ProcessError({ kind: 'limit-not-available', resource });
  const fault = REQUEST_FAULTS[code];
  if (fault === undefined) return refusedStart(code);
  return unusable('argv' in request.program ? 'argv' : 'command', fault);
}

/** Why a directory cannot be worked in, or null. */
function directoryFault(path: string, code: string): string | null {
  try {
    if (!statSync(path).isDirectory()) return 'Not a directory';
    return code === NO_DIRECTORY ? 'The directory is not accessible' : null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'The directory is not accessible' : 'No such directory';
  }
}

function unusable(field: string, message: string): ProcessError {
  return new ProcessError({ kind: 'unusable-request', field, message });
}
