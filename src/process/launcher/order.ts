import type { ResourceLimits } from '../../config/resource-limits.js';
import type { Excess } from '../limit/excess.js';
import type { FinalUsage, Usage } from '../usage.js';

/**
 * What the service asks of its launcher, one JSON object a line on the launcher's stdin. `id` names an execution.
 */
export type Order =
  | SpawnOrder
  /** Make this many FIFOs and report their paths. */
  | { readonly order: 'fifos'; readonly count: number }
  | SignalOrder
  /** SIGTERM now, SIGKILL for what is left after `graceMs`; `cleared` is reported when nothing is left. */
  | { readonly order: 'terminate'; readonly id: string; readonly graceMs: number }
  /** Kill what another launcher, which died, left behind; reported as `reaped`. */
  | { readonly order: 'reap'; readonly instance: string }
  /** Measure all that runs: reported as `usage`, where something has changed, and then as `sampled`. */
  | { readonly order: 'sample'; readonly number: number }
  | SpooledOrder;

/** What concerns a command whose pipes the launcher has. */
type SpooledOrder =
  /** The service has taken so many bytes of its spool. */
  | { readonly order: 'consumed'; readonly id: string; readonly bytes: number }
  /** Bytes (base64) for its stdin, reported as `taken`; with `eof` its end. */
  | { readonly order: 'input'; readonly id: string; readonly data: string; readonly eof: boolean }
  | { readonly order: 'close-input'; readonly id: string }
  /** What it prints from here on is passed over, or is refused with EPIPE. */
  | { readonly order: 'output'; readonly id: string; readonly act: 'discard' | 'close' }
  /** All that was told of it is known: nothing is kept of it. */
  | { readonly order: 'forget'; readonly id: string }
  /** No command will be started any more: the launcher ends when nothing is kept. */
  | { readonly order: 'retire' };

/** Signal the process group, and with `tree` also what left the group; reported as `signaled`, SIGSTOP when it has stopped. */
export interface SignalOrder {
  readonly order: 'signal';
  readonly id: string;
  readonly number: number;
  readonly signal: NodeJS.Signals;
  readonly tree: boolean;
}

export interface SpawnOrder {
  readonly order: 'spawn';
  readonly id: string;
  /** Of CLOCK_MONOTONIC in milliseconds: it is not started later, when nobody waits for it any more. */
  readonly deadlineMs: number;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to the environment the launcher itself was started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** FIFO paths; a null stdin is empty. */
  readonly stdin: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Leave running what outlives the command's own process. */
  readonly keep: boolean;
  /** Null: none that is kept here; output is counted where it is read. */
  readonly limits: ResourceLimits | null;
  /** A program of the service's own: it runs as the service's user, and not isolated. */
  readonly isOwn?: boolean;
  /** The launcher has its pipes, so that it outlives the service; null = the service has them. */
  readonly spool?: Spooling | null;
}

/** What the launcher does with the pipes of a command. */
export interface Spooling {
  /** Where its output goes, see spool-frame.ts. */
  readonly directory: string;
  readonly maxOutputBytes: number | null;
  /** The whole of its stdin (base64); null = none, or as `input` brings it. */
  readonly input: string | null;
}

/** What the launcher tells the service, one JSON object a line on its stdout. */
export type Report =
  | { readonly report: 'fifos'; readonly paths: readonly string[] }
  /** FIFOs for the output of a command with an empty stdin, which starts sooner by them. */
  | { readonly report: 'ready'; readonly stdout: string; readonly stderr: string }
  | { readonly report: 'started'; readonly id: string; readonly pid: number }
  | { readonly report: 'failed'; readonly id: string; readonly code: string }
  | ExitedReport
  /** The tree has too much of something, and is killed. */
  | { readonly report: 'exceeded'; readonly id: string; readonly excess: Excess }
  | { readonly report: 'cleared'; readonly id: string; readonly survivors: readonly number[] }
  | { readonly report: 'signaled'; readonly number: number; readonly delivered: boolean }
  /** What has changed, about each second; also after `exited`, for what is left of a tree. */
  | { readonly report: 'usage'; readonly rows: readonly UsageRow[] }
  | { readonly report: 'sampled'; readonly number: number }
  | { readonly report: 'reaped'; readonly instance: string }
  /** Something that whoever runs the service should know. */
  | { readonly report: 'notice'; readonly text: string }
  /** The spool of a command has so many bytes. */
  | { readonly report: 'spooled'; readonly id: string; readonly bytes: number }
  /** The command, or its pipe, has taken so many bytes of an `input`, or has closed its stdin. */
  | { readonly report: 'taken'; readonly id: string; readonly bytes: number; readonly isClosed: boolean };

/** A command that was started for a service that is gone, and all that was reported of it. */
export interface KeptCommand {
  readonly id: string;
  readonly pid: number;
  readonly isInputOpen: boolean;
  readonly spooledBytes: number;
  readonly reports: readonly Report[];
}

/** The command's own process has ended; `clear`: nothing of its tree is left. Else `cleared` follows. */
interface ExitedReport extends FinalUsage {
  readonly report: 'exited';
  readonly id: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly clear: boolean;
  /** The life of the command's own process. */
  readonly durationMs: number;
}

/** What one execution uses. */
export interface UsageRow extends Usage {
  readonly id: string;
}

/** Codes of `failed` that are not the system's: what cannot be used. */
export const NO_PRLIMIT = 'ENOPRLIMIT';
export const NO_ISOLATION = 'ENOISOLATION';
export const NO_DIRECTORY = 'ENODIRECTORY';
export const NO_CGROUP = 'ENOCGROUP';
/** It came too late. */
export const TOO_LATE = 'ETIMEDOUT';

/** Marks every process of a service's launcher, for the sweep that finds what left its process group. */
export const INSTANCE_VARIABLE = 'CC_EXECUTOR_INSTANCE';
/** Marks every process of one execution. */
export const EXECUTION_VARIABLE = 'CC_EXECUTOR_EXECUTION_ID';
