import { ProcessError } from './process-error.js';

/** What the system had too little of, by its error code. */
const RESOURCES: Readonly<Record<string, string>> = {
  EAGAIN: 'processes',
  ENOMEM: 'memory',
  EMFILE: 'file_descriptors',
  ENFILE: 'file_descriptors',
  ENOSPC: 'disk',
  ELAUNCHER: 'launcher',
  ETIMEDOUT: 'launcher',
};

/** The system refuses a start for want of something. */
export function refusedStart(code: string): ProcessError {
  return new ProcessError({ kind: 'start-refused', resource: RESOURCES[code] ?? 'system', code });
}
