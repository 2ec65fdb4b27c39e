import { writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** A nice value. */
const AHEAD = -10;

/**
 * Puts this process ahead of the commands on a machine that is short of CPU, so that it can end the one that makes it so.
 * Takes the right to: elsewhere it changes nothing.
 */
export class Precedence {
  readonly #own = getPriority();
  readonly #isAhead = trySet(AHEAD);

  constructor() {
    // Where sessions share the CPU (sched(7)), nice values do not count between them. A command leaves this session.
    try {
      writeFileSync('/proc/self/autogroup', String(AHEAD));
    } catch {
      // They do not, or it may not.
    }
  }

  /** What `act` starts does not have it. */
  laidDown<T>(act: () => T): T {
    if (!this.#isAhead) return act();
    setPriority(this.#own);
    try {
      return act();
    } finally {
      setPriority(AHEAD);
    }
  }
}

function trySet(priority: number): boolean {
  try {
    setPriority(priority);
    return true;
  } catch {
    return false;
  }
}
