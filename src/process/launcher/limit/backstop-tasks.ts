/** The kernel counts threads where the limit is on processes: enough for usual programs. */
const TASKS_PER_PROCESS = 16;
const SPARE_TASKS = 64;

/** How many tasks the system may let a tree have that is limited to so many processes, which the LimitWatch counts. */
export function backstopTasks(processes: number): number {
  return processes * TASKS_PER_PROCESS + SPARE_TASKS;
}
