import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ExecutionLimits } from '../execution-limits.js';
import type { ExecutionRequest } from '../execution-request.js';
import { LAUNCHER_PROTOCOL } from '../launcher/greeting.js';
import { checkedLine, fromCheckedLine } from './checked-line.js';

const FILE = 'record';
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** What another service has to know of an execution, as it was at its start. */
export interface ExecutionRecord {
  readonly protocol: number;
  readonly id: string;
  /** The instance of its launcher. */
  readonly launcher: string;
  /** Milliseconds since the epoch, and of CLOCK_MONOTONIC. */
  readonly startedAt: number;
  readonly startedMs: number;
  /** Without its environment and its stdin, which only the command needs. */
  readonly request: ExecutionRequest;
  readonly limits: ExecutionLimits;
}

/** Writes a record, whole or not at all. @throws the system's error */
export function writeRecord(directory: string, record: Omit<ExecutionRecord, 'protocol'>): void {
  const { request, ...rest } = record;
  const stdin = request.stdin === 'open' ? 'open' : null;
  const whole = {
    ...rest,
    protocol: LAUNCHER_PROTOCOL,
    request: { ...request, stdin, environment: {}, operatorEnvironment: {} },
  };
  const file = join(directory, FILE);
  writeFileSync(`${file}.new`, checkedLine(whole), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** @throws Error where it is not there, cannot be read, is damaged or of another version */
export function readRecord(directory: string): ExecutionRecord {
  const [line = ''] = readFileSync(join(directory, FILE), 'utf8').split('\n', 1);
  const record = fromCheckedLine(line) as ExecutionRecord | null;
  if (record === null) throw new Error('Its record is damaged');
  if (record.protocol !== LAUNCHER_PROTOCOL) throw new Error('It is of another version');
  // It names other directories.
  if (record.id !== basename(directory) || !UUID.test(record.launcher)) throw new Error('Its record is of another');
  return record;
}
