import type { Isolation } from '../isolation/isolation-options.js';

/** Whom commands run as, without further groups. */
export interface CommandUser {
  readonly uid: number;
  readonly gid: number;
}

/** How a launcher starts all its commands. */
export interface LauncherSettings {
  /** Null: as the service's own user. */
  readonly user: CommandUser | null;
  readonly isolation: Isolation;
  /** `posix_spawn` where that can be had. */
  readonly spawnMethod: 'posix_spawn' | 'fork';
  /** How many shells wait to become commands where a start takes a fork, and the directory they wait in. */
  readonly ready: { readonly count: number; readonly cwd: string };
  /** A cgroup (version 2) for those of executions; null = none. */
  readonly cgroup: string | null;
  /** Null: it ends with the service. */
  readonly detached: DetachedSettings | null;
}

/** How a launcher outlives its service. */
interface DetachedSettings {
  /** Time without a service after which it ends its commands and itself. */
  readonly ttlMs: number;
  /** Between SIGTERM and SIGKILL then. */
  readonly graceMs: number;
}
