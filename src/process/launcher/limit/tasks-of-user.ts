import { statSync } from 'node:fs';
import { listProcesses } from '../process-table.js';

/** Links of a directory that are no subdirectory's: its name and its `.`. */
const OWN_LINKS = 2;

/** The threads of all processes of a user that this process can see. */
export function tasksOfUser(uid: number): number {
  let tasks = 0;
  for (const pid of listProcesses()) {
    const found = statSync(`/proc/${String(pid)}/task`, { throwIfNoEntry: false });
    if (found?.uid === uid) tasks += found.nlink - OWN_LINKS;
  }
  return tasks;
}
