import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { eventually } from './eventually.js';

/** One row of /proc/PID/stat, as far as tests ask for it. */
export interface ProcessRow {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly terminal: number;
  /** User and system time used, in clock ticks of 10 ms. */
  readonly ticks: number;
}

const MARK_NAME = 'E2E_MARK';

/** An environment for `execute` whose value all descendants inherit, and by which `marked` finds them. */
export function mark(): { readonly id: string; readonly env: Record<string, string> } {
  const id = randomUUID();
  return { id, env: { [MARK_NAME]: id } };
}

/** The living processes (zombies are dead) that carry the mark, wherever they went. */
export function marked(id: string): ProcessRow[] {
  return processes().filter((row) => isAlive(row) && environmentOf(row.pid).includes(`${MARK_NAME}=${id}`));
}

/** Resolves as soon as something alive carries the mark: `process.started` may come before the program has its environment. */
export async function markedAppears(id: string): Promise<void> {
  await eventually(
    () => marked(id),
    (rows) => rows.length > 0,
  );
}

/** Looks in a row that find nothing: at the moment of an execve(2) a process has no environment. */
const LOOKS = 3;

/** Resolves as soon as nothing that carries the mark is alive. */
export async function markedGone(id: string): Promise<void> {
  let without = 0;
  await eventually(
    () => {
      const rows = marked(id);
      without = rows.length === 0 ? without + 1 : 0;
      return rows;
    },
    () => without === LOOKS,
  );
}

export function isAlive(row: ProcessRow | undefined): boolean {
  return row !== undefined && row.state !== 'Z' && row.state !== 'X';
}

/** The process's row; undefined where there is no such process. */
export function processRow(pid: number): ProcessRow | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    const [state = '', ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const numbers = rest.map(Number);
    const [parent = 0, group = 0, session = 0, terminal = 0] = numbers;
    return { pid, state, parent, group, session, terminal, ticks: (numbers[10] ?? 0) + (numbers[11] ?? 0) };
  } catch {
    return undefined;
  }
}

/** All processes below `pid`, zombies too. */
export function descendants(pid: number): ProcessRow[] {
  const rows = processes();
  const found = new Map<number, ProcessRow>();
  const below = (parent: number): void => {
    for (const row of rows) {
      if (row.parent === parent && !found.has(row.pid)) {
        found.set(row.pid, row);
        below(row.pid);
      }
    }
  };
  below(pid);
  return [...found.values()];
}

/** Resident set of a process in bytes; 0 where there is none any more. */
export function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'latin1');
    const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(status) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return 0;
  }
}

/** Bytes the process has handed to write(2) since its start. */
export function writtenBytes(pid: number): number {
  const [, bytes = '0'] = /^wchar: (\d+)/m.exec(readFileSync(`/proc/${String(pid)}/io`, 'latin1')) ?? [];
  return Number(bytes);
}

export function processes(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processRow(Number(name)))
    .filter((row) => row !== undefined);
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${String(pid)}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
