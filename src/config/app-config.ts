import type { AccessConfig } from './access-config.js';
import type { Classification } from './classification.js';
import type { Complexity } from './complexity.js';
import type { DetectorTable } from './detector-entry.js';
import type { LogLevelName } from './environment.js';
import type { HookEntry } from './hook-entry.js';
import type { ResourceLimits } from './resource-limits.js';

/** How long a task usually takes, and how long it may. */
export interface TimeRange {
  readonly expectedMs: number;
  readonly maxMs: number;
}

/** At most so many in so many seconds. */
export interface Rate {
  readonly count: number;
  readonly seconds: number;
}

/** The effective configuration, grouped and read-only. Durations are milliseconds, sizes bytes. */
export abstract class AppConfig {
  abstract readonly server: {
    readonly host: string;
    /** 0 = any free port. */
    readonly port: number;
    readonly path: string;
    readonly maxFrameBytes: number;
    readonly pingIntervalMs: number;
    readonly pingTimeoutMs: number;
    readonly heartbeatIntervalMs: number;
  };
  abstract readonly access: AccessConfig;
  abstract readonly session: {
    readonly maxSessions: number;
    /** What maxSessions holds over: this service, or all that share its Redis. */
    readonly scope: 'local' | 'cluster';
    readonly idleTimeoutMs: number;
    readonly maxProcesses: number;
    /** Commands that may run in all sessions together; null = any number. */
    readonly maxProcessesInAll: number | null;
    /** How long what a vanished client runs goes on for it to come back. */
    readonly resumeGraceMs: number;
    /** How long an execution without a client goes on that asked for it. */
    readonly detachedTtlMs: number;
    /** How long ended executions can be asked for. */
    readonly completedTtlMs: number;
  };
  abstract readonly process: {
    /** Absolute path of the shell that runs `command`. */
    readonly shell: string;
    readonly cleanupTimeoutMs: number;
    /** Time that what runs has to end by itself when the service is asked to stop. */
    readonly shutdownGraceMs: number;
    /** Limit of an execution whose client gives none; null = none. */
    readonly defaultTimeoutMs: number | null | 'estimated';
    /** Longest limit there may be; null = any. */
    readonly maxTimeoutMs: number | null;
    /** Silence after which `process.stalled` is told; null = never. */
    readonly silenceNoticeMs: number | null;
    /** Environment every command starts with: the service's own less what configures it. */
    readonly baseEnvironment: Readonly<Record<string, string>>;
    /** Whom commands run as; null = the service's own user. */
    readonly runAs: { readonly uid: number; readonly gid: number } | null;
    readonly isolation: 'none' | 'pidns' | 'sandbox';
    /** How programs are started: `posix_spawn` where the system has it. */
    readonly spawnMethod: 'posix_spawn' | 'fork';
    /** Shells that wait to become commands, where a start takes a fork. */
    readonly readyShells: number;
    /** Whether commands end with the service, or outlive it. */
    readonly launcher: 'attached' | 'detached';
    /** How long they do without a service. */
    readonly launcherTtlMs: number;
    /** A cgroup (version 2) of the service's own, for those of its commands; null = none. */
    readonly cgroup: string | null;
  };
  abstract readonly policy: {
    /** Names, or absolute paths, of programs that may run; null = every command, an empty list = none. */
    readonly allowedCommands: readonly string[] | null;
    /** A file of rules for arguments and environment variables; null = none. */
    readonly policyFile: string | null;
    /** The PATH in which the programs are found. */
    readonly path: string;
    /** Where commands run that name no directory. */
    readonly directory: string;
    /** The directory commands run in and beneath; null = anywhere. */
    readonly workdirRoot: string | null;
  };
  /** What an execution may use at most. */
  abstract readonly limit: ResourceLimits;
  abstract readonly stream: {
    /** Most bytes of one unfinished line held back for its end. */
    readonly maxLineBufferBytes: number;
    /** What is kept of one execution for those who come back, or come late; 0 = nothing. */
    readonly replayBufferBytes: number;
    /** The same of all executions together. */
    readonly replayTotalBytes: number;
  };
  abstract readonly timeout: {
    readonly defaults: Readonly<Record<Complexity, TimeRange>>;
    /** Least limit of a task nothing is known of. */
    readonly unknownMaxMs: number;
    /** What the defaults are multiplied by. */
    readonly baselineMultiplier: number;
    /** The operator's own, by CATEGORY_NAME as in the variable's name. */
    readonly heuristics: Readonly<Record<string, TimeRange>>;
    readonly historyTtlMs: number;
    /** A file of rules that go before the service's own; null = none. */
    readonly classificationFile: string | null;
  };
  abstract readonly resource: {
    /** Percent of CPU or GPU above which the machine counts as loaded. */
    readonly thresholdPercent: number;
    /** What estimates are multiplied by on a loaded machine. */
    readonly multiplier: number;
  };
  /** The rules by which commands are told apart. */
  abstract readonly classification: Classification;
  /** What is read into output: of commands whose output is text, of all, or of none; and by what. */
  abstract readonly detector: { readonly scope: 'text' | 'all' | 'off'; readonly table: DetectorTable };
  /** Programs of the operator's that run around commands, in this order. */
  abstract readonly hook: { readonly entries: readonly HookEntry[] };
  /** `url` null = no Redis. */
  abstract readonly redis: { readonly url: string | null };
  /** Several services that share a Redis as one. */
  abstract readonly cluster: {
    readonly isOn: boolean;
    /** Silence after which a service counts as dead. */
    readonly leaseMs: number;
    /** What proves that a message is another service's; null = nothing is asked for. */
    readonly secret: string | null;
    /** How long what has ended can be found from other services. */
    readonly endedMs: number;
  };
  /** What one client may do; null = any number. */
  abstract readonly rate: {
    readonly connections: Rate | null;
    readonly requests: Rate | null;
    readonly executions: Rate | null;
    /** Who counts: each service for itself, or all that share its Redis together. */
    readonly scope: 'local' | 'cluster';
  };
  abstract readonly log: {
    readonly level: LogLevelName;
    /** What is masked beside the secrets that are known by their form: a text, or with `*` at its end all that starts so. */
    readonly secretPatterns: readonly string[];
  };
  abstract readonly audit: {
    /** `stdout`, or the absolute path of a file; null = none. */
    readonly target: string | null;
    /** How a command is told: by its SHA-256 only, or by its text as well. */
    readonly commands: 'digest' | 'text';
  };
  /** When the service is not ready for work. */
  abstract readonly health: {
    /** Mean lateness of timers in a second. */
    readonly maxLoopLagMs: number;
    /** Free bytes where DATA_DIR is; 0 = any. */
    readonly minFreeDiskBytes: number;
  };
  /** Who may read /metrics: `on`, who may connect; `open`, everybody; `off`, nobody, and nothing is counted. */
  abstract readonly metrics: { readonly access: 'on' | 'open' | 'off' };
  abstract readonly data: { readonly directory: string };
}
