import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const FILE = '/proc/self/oom_score_adj';

/** How much likelier a victim of the kernel a command is than this process, see proc_pid_oom_score_adj(5). */
const RAISE = 500;
const MAX_SCORE = 1000;

/** Makes what this process starts a likelier victim than itself when memory runs out. */
export class OomScore {
  readonly #file = openScore();

  /** What `act` starts has the higher score from its first moment on: it inherits it. */
  raised<T>(act: () => T): T {
    if (this.#file === null) return act();
    const { fd, own, high } = this.#file;
    writeSync(fd, high, 0);
    try {
      return act();
    } finally {
      writeSync(fd, own, 0);
    }
  }
}

/** Null where the system has no such score, or does not let this process have its own back. */
function openScore(): { readonly fd: number; readonly own: string; readonly high: string } | null {
  let fd: number | null = null;
  try {
    const own = readFileSync(FILE, 'latin1');
    const high = `${String(Math.min(MAX_SCORE, Number(own) + RAISE))}\n`;
    fd = openSync(FILE, 'r+');
    writeSync(fd, high, 0);
    writeSync(fd, own, 0);
    return { fd, own, high };
  } catch {
    if (fd !== null) closeSync(fd);
    return null;
  }
}
