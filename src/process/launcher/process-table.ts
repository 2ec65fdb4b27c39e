import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** One row of the kernel's process table, as proc(5) tells it. */
export interface ProcessRow {
  readonly pid: number;
  /** False for a zombie: it has ended and waits for its parent to ask. */
  readonly alive: boolean;
  /** Stopped by a signal or by a debugger. */
  readonly stopped: boolean;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks since boot: with the pid it names a process for good. */
  readonly startTime: number;
  /** CPU time of its own, in clock ticks. */
  readonly cpuTicks: number;
  /** CPU time of the children it has waited for, with what these had waited for, in clock ticks. */
  readonly waitedCpuTicks: number;
  readonly rssPages: number;
}

/** A row is a line of at most about 400 characters. */
const rowBuffer = Buffer.allocUnsafe(1024);

/** The row of `pid`, or null where there is no such process. */
export function readProcess(pid: number): ProcessRow | null {
  const text = readRow(`/proc/${String(pid)}/stat`);
  return text === null ? null : parseRow(pid, text);
}

/** Reads the row of this process itself, again and again at the least cost. Throws where it cannot be opened. */
export function ownRow(): () => ProcessRow {
  const fd = openSync('/proc/self/stat', 'r');
  return () => parseRow(process.pid, rowBuffer.toString('latin1', 0, readSync(fd, rowBuffer, 0, rowBuffer.length, 0)));
}

function parseRow(pid: number, text: string): ProcessRow {
  // The second field is the name in parentheses, which may hold anything; the last parenthesis ends it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', 22);
  return {
    pid,
    alive: fields[0] !== 'Z' && fields[0] !== 'X',
    stopped: fields[0] === 'T' || fields[0] === 't',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTime: Number(fields[19]),
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    waitedCpuTicks: Number(fields[13]) + Number(fields[14]),
    rssPages: Number(fields[21]),
  };
}

/**
 * Bytes a process has read and written, with those of the children it has waited for; 0 where they are not ours to know
 * or there is no such process.
 */
export function readIoBytes(pid: number): number {
  const text = readRow(`/proc/${String(pid)}/io`);
  const [, read = '0', written = '0'] = /^rchar: (\d+)\nwchar: (\d+)$/m.exec(text ?? '') ?? [];
  return Number(read) + Number(written);
}

/**
 * Resident memory of a process in bytes, of what it shares its part only (Pss of proc_pid_smaps(5)); null where it is not
 * ours to know or there is no such process. Takes the longer the more memory it has.
 */
export function readProportionalBytes(pid: number): number | null {
  const kilobytes = /^Pss: +(\d+) kB$/m.exec(readRow(`/proc/${String(pid)}/smaps_rollup`) ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

/**
 * The value of a variable in the environment a process was started with: null where it has none or is not ours to read,
 * undefined where it cannot be told: the process has just ended, or the environment is empty, as it is for the moment of
 * an execve(2).
 */
export function readVariable(pid: number, name: string): string | null | undefined {
  let environment: string;
  try {
    environment = readFileSync(`/proc/${String(pid)}/environ`, 'latin1');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? null : undefined;
  }
  if (environment === '') return undefined;
  const start = environment.startsWith(`${name}=`) ? 0 : environment.indexOf(`\0${name}=`) + 1;
  if (start === 0 && !environment.startsWith(`${name}=`)) return null;
  const value = start + name.length + 1;
  const end = environment.indexOf('\0', value);
  return environment.slice(value, end === -1 ? undefined : end);
}

/** The pids of all processes this one can see. */
export function listProcesses(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

let loadFile: number | null = null;

/** The pid given out last in this pid namespace, or null where the kernel does not tell. Each start and each end asks. */
export function lastPid(): number | null {
  try {
    loadFile ??= openSync('/proc/loadavg', 'r');
    const text = rowBuffer.toString('latin1', 0, readSync(loadFile, rowBuffer, 0, rowBuffer.length, 0));
    const last = Number(text.slice(text.lastIndexOf(' ') + 1));
    return Number.isSafeInteger(last) && last > 0 ? last : null;
  } catch {
    return null;
  }
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
