import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** One row of the kernel's process table, as proc(5) tells it. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** False for a zombie: it has ended and waits for its parent to ask. */
  readonly alive: boolean;
  /** Clock ticks since boot: with the pid it names a process for good. */
  readonly startTime: number;
}

/** A row is a line of at most about 400 characters. */
const rowBuffer = Buffer.allocUnsafe(1024);

/** The row of `pid`, or null where there is no such process. */
export function readProcess(pid: number): ProcessRow | null {
  const text = readRow(`/proc/${String(pid)}/stat`);
  if (text === null) return null;
  // The second field is the name in parentheses, which may hold anything; the last parenthesis ends it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', 20);
  return {
    pid,
    alive: fields[0] !== 'Z' && fields[0] !== 'X',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTime: Number(fields[19]),
  };
}

/** True where the process was started with `NAME=value` in its environment. */
export function hasVariable(pid: number, assignment: string): boolean {
  const text = read(`/proc/${String(pid)}/environ`);
  return text !== null && (text.startsWith(`${assignment}\0`) || text.includes(`\0${assignment}\0`));
}

/** The pids of all processes this one can see. */
export function listProcesses(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

/** The pid given out last in this pid namespace, or null where the kernel does not tell. */
export function lastPid(): number | null {
  const last = Number(readRow('/proc/loadavg')?.trim().split(' ').at(-1));
  return Number.isSafeInteger(last) && last > 0 ? last : null;
}

/** A sweep reads one for every process there is, so each takes no more than three system calls. */
function readRow(file: string): string | null {
  try {
    const fd = openSync(file, 'r');
    try {
      return rowBuffer.toString('latin1', 0, readSync(fd, rowBuffer, 0, rowBuffer.length, null));
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}
