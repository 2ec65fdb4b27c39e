import { statSync } from 'node:fs';
import type { KeptCommand, Report } from '../launcher/order.js';
import { DetachedLauncher } from './detached-launcher.js';

/** A launcher that another service has left. */
export interface LeftLauncher {
  readonly instance: string;
  /** What it ran or kept; null where it is dead. */
  readonly kept: readonly KeptCommand[] | null;
  /** Lets through what it has reported since. */
  readonly flow: () => void;
}

/** Age below which the directory of a launcher may be there before its socket. */
const YOUNG_MS = 10_000;

/**
 * Connects to the launcher of a directory, which reports of its commands. Null where it is dead.
 * @throws Error where it is another service's, of another version, not this user's, or about to begin
 */
export async function findLeftLauncher(
  directory: string,
  onReport: (report: Report) => void,
): Promise<DetachedLauncher | null> {
  try {
    return await DetachedLauncher.find(directory, (report) => {
      // What it makes ready is for commands that it will not start.
      if (report.report !== 'fifos' && report.report !== 'ready') onReport(report);
    });
  } catch (error) {
    if (isDead(error, directory)) return null;
    throw error;
  }
}

/** Whether a launcher that cannot be connected to is dead. One without a socket may be about to make it. */
function isDead(error: unknown, directory: string): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' || (code === 'ENOENT' && Date.now() - statSync(directory).mtimeMs > YOUNG_MS);
}
