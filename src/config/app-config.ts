import type { LogLevelName } from './environment.js';

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
    /** Exact origins a browser page may connect from. */
    readonly allowedOrigins: readonly string[];
  };
  abstract readonly session: {
    readonly maxSessions: number;
    readonly idleTimeoutMs: number;
    readonly maxProcesses: number;
    readonly resumeGraceMs: number;
  };
  abstract readonly process: {
    /** Absolute path of the shell that runs `command`. */
    readonly shell: string;
    /** Where commands run that name no `cwd`, and what a relative one is relative to. */
    readonly directory: string;
    readonly cleanupTimeoutMs: number;
    /** Limit of an execution whose client gives none; null = none. */
    readonly defaultTimeoutMs: number | null;
    /** Silence after which `process.stalled` is told; null = never. */
    readonly silenceNoticeMs: number | null;
    /** Environment every command starts with: the service's own less what configures it. */
    readonly baseEnvironment: Readonly<Record<string, string>>;
    /** Names a command may run; null = every command. */
    readonly allowedCommands: readonly string[] | null;
  };
  abstract readonly stream: {
    /** Most bytes of one unfinished line held back for its end. */
    readonly maxLineBufferBytes: number;
  };
  abstract readonly log: { readonly level: LogLevelName };
  abstract readonly data: { readonly directory: string };
}
