// What /proc says: CPU time, resident memory, process groups. Linux only.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** USER_HZ: 100 on every architecture Node runs on. */
export const TICKS_PER_SECOND = 100;

/** User plus system CPU ticks of one process, all its threads, without its children; 0 when it is gone. */
export const cpuTicks = (pid) => readStat(pid)?.ticks ?? 0;

/** CPU seconds of the main thread of a process, to the nanosecond (schedstats of the kernel's documentation); 0 when it is gone. */
export const mainThreadSeconds = (pid) => Number((read(`/proc/${pid}/schedstat`) ?? '0').split(' ')[0]) / 1e9;

/** Resident bytes of one process; 0 when it is gone. */
export function rssBytes(pid) {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '');
  return match === null ? 0 : Number(match[1]) * 1024;
}

/**
 * The helper processes of a Node service: its descendants that run the same executable and are not (part of) a
 * command, which the marker in their environment tells.
 */
export function helperPids(pid) {
  const executable = exe(pid);
  const parents = new Map(allPids().map((each) => [each, readStat(each)?.ppid]));
  const descends = (each) => {
    for (let up = parents.get(each); up !== undefined && up > 1; up = parents.get(up)) if (up === pid) return true;
    return false;
  };
  return [...parents.keys()].filter(
    (each) => descends(each) && exe(each) === executable && !environ(each).includes('CC_EXECUTOR_EXECUTION_ID='),
  );
}

/** The members of a process group that are alive: a zombie is not. */
export function groupMembers(pgid) {
  return allPids().filter((pid) => {
    const stat = readStat(pid);
    return stat?.pgid === pgid && !'ZX'.includes(stat.state);
  });
}

/** One letter: R, S, D, T (stopped), Z …; null when the process is gone. */
export const processState = (pid) => readStat(pid)?.state ?? null;

/** All processes whose environment holds `entry` (NAME=value). */
export const pidsWithEnvironment = (entry) =>
  allPids().filter((pid) => environ(pid).split('\0').includes(entry) && !'ZX'.includes(processState(pid) ?? 'X'));

function readStat(pid) {
  const text = read(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    state: fields[0],
    ppid: Number(fields[1]),
    pgid: Number(fields[2]),
    ticks: Number(fields[11]) + Number(fields[12]),
  };
}

const allPids = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

const environ = (pid) => read(`/proc/${pid}/environ`) ?? '';

function exe(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** A signal to a process that may have ended by itself. */
export function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
