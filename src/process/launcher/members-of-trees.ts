import type { Leader } from './descendants.js';
import type { ProcessSweep } from './process-sweep.js';
import type { ProcessRow } from './process-table.js';

/**
 * The living processes of many trees by one pass over a sweep, by the ids of their leaders. Each belongs to one tree: that
 * of its session, else of its mark, else of its parent. These are the descendants that `findDescendants` finds, but that
 * nobody's mark counts within the session of another.
 */
export function membersOfTrees(leaders: readonly Leader[], sweep: ProcessSweep): ReadonlyMap<string, ProcessRow[]> {
  const ofSession = new Map(leaders.filter((leader) => leadsSession(leader, sweep)).map((each) => [each.pid, each]));
  const ofMark = new Map(leaders.map((leader) => [leader.id, leader]));
  const since = Math.min(...leaders.map(({ startTime }) => startTime));
  const members = new Map<string, ProcessRow[]>(leaders.map(({ id }) => [id, []]));
  const owners = new Map<number, Leader>();
  const own = (row: ProcessRow, leader: Leader | undefined): boolean => {
    if (leader === undefined || row.startTime < leader.startTime) return false;
    owners.set(row.pid, leader);
    members.get(leader.id)?.push(row);
    return true;
  };
  let rest: ProcessRow[] = [];
  for (const row of sweep.rows) {
    if (row.startTime < since || own(row, ofSession.get(row.session))) continue;
    if (!own(row, ofMark.get(sweep.mark(row) ?? ''))) rest.push(row);
  }
  for (let before = -1; before !== owners.size;) {
    before = owners.size;
    rest = rest.filter((row) => !own(row, owners.get(row.parent)));
  }
  return members;
}

/** False once the session is over, when its number may be another's. */
function leadsSession(leader: Leader, sweep: ProcessSweep): boolean {
  const holder = sweep.row(leader.pid);
  return !leader.isSessionOver && (holder === null || holder.startTime === leader.startTime);
}
