import type { Leader } from '../descendants.js';
import { lastPid, listProcesses, readProcess } from '../process-table.js';

/**
 * Notices at little cost that a tree multiplies: counts its session anew only when so many pids were given out since the
 * last count that it may have grown beyond the limit. What has left the session is not counted here.
 */
export class ProcessCount {
  #count = 1;
  #lastPid: number | null;

  constructor(
    private readonly leader: Leader,
    private readonly limit: number,
  ) {
    this.#lastPid = leader.pid;
  }

  /** More than the limit, as far as it was counted; null where there are not more. */
  excess(): number | null {
    const last = lastPid();
    const created = last === null || this.#lastPid === null || last < this.#lastPid ? Infinity : last - this.#lastPid;
    if (this.#count + created <= this.limit) return null;
    this.#lastPid = last;
    this.#count = this.#recount();
    return this.#count > this.limit ? this.#count : null;
  }

  /** The latest come last in the list: where they are many, a few reads are enough. */
  #recount(): number {
    const { pid: session, startTime } = this.leader;
    const pids = listProcesses();
    let count = 0;
    for (let index = pids.length - 1; index >= 0 && count <= this.limit; index--) {
      const row = readProcess(pids[index] ?? 0);
      if (row?.alive === true && row.session === session && row.startTime >= startTime) count++;
    }
    return count;
  }
}
