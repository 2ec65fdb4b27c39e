import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { AppConfig } from '../config/app-config.js';
import { makeDirectory } from '../config/writable-directory.js';
import { DetachedDirectory } from './detached/detached-directory.js';
import { DetachedLauncher } from './detached/detached-launcher.js';
import { findLeftLauncher, type LeftLauncher } from './detached/left-launcher.js';
import type { LaunchedChildren } from './launched-children.js';
import type { LauncherSettings } from './launcher/launcher-settings.js';
import type { Report } from './launcher/order.js';
import type { LauncherLink } from './launcher-link.js';
import { LauncherProcess } from './launcher-process.js';
import { PacedReports } from './paced-reports.js';
import { removeAbandoned } from './remove-abandoned.js';

/** What is told of the launchers. */
export interface LaunchersListener {
  readonly reported: (report: Exclude<Report, { readonly report: 'notice' | 'reaped' }>) => void;
  /** Another one starts commands from now on, and has made nothing ready. */
  readonly begun: () => void;
  /** None starts commands now. */
  readonly stopped: () => void;
  /** One has ended, whichever: what it was asked is not answered. */
  readonly ended: () => void;
}

/** Stands for an error code where there is no launcher to ask. */
export const NO_LAUNCHER = 'ELAUNCHER';

/** A launcher that lived shorter than this is replaced after a while only, not at once. */
const SHORT_LIFE_MS = 5000;
const RESTART_DELAY_MS = 1000;

/** The launchers: the one that starts commands, which is kept alive, and those that other services have left. */
export class Launchers {
  readonly #logger = new Logger('LauncherService');
  readonly #links = new Map<string, LauncherLink>();
  /** Those that died and whose commands are not yet known to be dead. */
  readonly #unreaped = new Set<string>();
  #current: LauncherLink | null = null;
  #state: 'starting' | 'up' | 'restarting' = 'starting';
  #restartTimer: NodeJS.Timeout | undefined;
  #ending = false;
  /** Where what outlives the service is; null where nothing does. */
  #detached: DetachedDirectory | null = null;

  constructor(
    private readonly config: AppConfig,
    private readonly children: LaunchedChildren,
    private readonly listener: LaunchersListener,
  ) {}

  /** Starts the first one. @throws the system's error */
  begin(): void {
    if (this.config.process.launcher === 'detached') this.#detached = new DetachedDirectory(this.config.data.directory);
    makeDirectory(this.#runDirectory);
    for (const instance of removeAbandoned(this.#runDirectory)) this.#unreaped.add(instance);
    this.#start();
  }

  /** Up from the first report to the end of the one that starts commands. */
  get state(): 'starting' | 'up' | 'restarting' {
    return this.#state;
  }

  /** The one that starts commands; null where there is none now. */
  get current(): LauncherLink | null {
    return this.#current;
  }

  get all(): readonly LauncherLink[] {
    return [...this.#links.values()];
  }

  /** Null where it has ended. */
  of(instance: string | null): LauncherLink | null {
    return this.#links.get(instance ?? '') ?? null;
  }

  /** Where executions leave what the next service needs, and the launcher that will run them; null where nothing outlives this one. */
  get detachedPlace(): { readonly executions: string; readonly instance: string } | null {
    return this.#detached && { executions: this.#detached.executions, instance: this.#current?.instance ?? '' };
  }

  /**
   * Connects to those that other services have left. The commands of those that live are theirs still; those of dead ones
   * are killed when `settle` is called, and then lost.
   */
  async findLeft(): Promise<readonly LeftLauncher[]> {
    const left: LeftLauncher[] = [];
    if (this.#detached === null) return left;
    for (const name of readdirSync(this.#detached.launchers)) {
      if (this.#links.has(name)) continue;
      const directory = join(this.#detached.launchers, name);
      try {
        const launcher = await findLeftLauncher(directory, (report) => {
          this.#take(report);
        });
        if (launcher !== null) this.#watch(launcher);
        const flow = (): void => launcher?.flow();
        left.push({ instance: name, kept: launcher?.kept ?? null, flow });
      } catch (error) {
        this.#logger.warn(`The launcher ${name} is left alone: ${messageOf(error)}`);
      }
    }
    return left;
  }

  /**
   * What is to be known of those that were found is known: they end when their commands have.
   * @param known the commands that are somebody's: others are killed
   * @param unread those of them whose output nobody reads
   */
  settle(left: readonly LeftLauncher[], known: readonly string[], unread: readonly string[]): void {
    for (const { instance, kept, flow } of left) {
      const link = this.#links.get(instance);
      for (const { id } of kept ?? []) {
        if (unread.includes(id)) link?.order({ order: 'output', id, act: 'discard' });
        if (known.includes(id)) continue;
        link?.order({ order: 'terminate', id, graceMs: 0 });
        link?.order({ order: 'forget', id });
      }
      link?.order({ order: 'retire' });
      flow();
      if (kept === null) this.#reap(instance);
    }
  }

  /** Ends all, and whatever they still run; detached ones are left, with what they run. */
  async end(): Promise<void> {
    this.#ending = true;
    clearTimeout(this.#restartTimer);
    await Promise.all(this.all.map((link) => link.end()));
  }

  get #runDirectory(): string {
    return join(this.config.data.directory, 'run');
  }

  get #settings(): LauncherSettings {
    const { process, policy } = this.config;
    const { runAs: user, isolation, cgroup, spawnMethod, launcherTtlMs: ttlMs, cleanupTimeoutMs: graceMs } = process;
    const ready = { count: process.readyShells, cwd: policy.directory };
    return { user, isolation, cgroup, spawnMethod, ready, detached: this.#detached && { ttlMs, graceMs } };
  }

  #start(): void {
    const startedAt = performance.now();
    const reports = new PacedReports<Report>((report) => {
      this.#take(report);
    });
    const onReport = (report: Report): void => {
      this.#state = 'up';
      reports.push(report);
    };
    const { baseEnvironment } = this.config.process;
    const launcher =
      this.#detached === null
        ? new LauncherProcess(this.#runDirectory, baseEnvironment, this.#settings, onReport)
        : DetachedLauncher.start(this.#detached.launchers, baseEnvironment, this.#settings, onReport);
    this.#current = launcher;
    this.#watch(launcher, () => {
      if (this.#state === 'up') this.#state = 'restarting';
      this.#current = null;
      this.listener.stopped();
      if (!this.#ending) this.#restartAfter(performance.now() - startedAt < SHORT_LIFE_MS ? RESTART_DELAY_MS : 0);
    });
    this.listener.begun();
    for (const instance of this.#unreaped) launcher.order({ order: 'reap', instance });
  }

  #restartAfter(delayMs: number): void {
    this.#restartTimer = setTimeout(() => {
      this.#restart();
    }, delayMs);
  }

  /** Starts another one; where that cannot be done now, it is tried again. */
  #restart(): void {
    try {
      makeDirectory(this.#runDirectory);
      this.#start();
    } catch (error) {
      this.#logger.error(`The launcher process cannot be started: ${messageOf(error)}`);
      this.listener.stopped();
      this.#restartAfter(RESTART_DELAY_MS);
    }
  }

  /** One that died: its successor first kills what it left running, then its commands are given up. */
  #watch(link: LauncherLink, onEnd?: () => void): void {
    this.#links.set(link.instance, link);
    void link.ended.then((why) => {
      this.#links.delete(link.instance);
      this.listener.ended();
      const isLoss = onEnd !== undefined || this.children.has(link.instance);
      onEnd?.();
      if (this.#ending || !isLoss) return;
      this.#logger.error(`The launcher process is gone: ${why}`);
      for (const pid of this.children.pidsOf(link.instance)) killGroup(pid);
      this.#reap(link.instance);
    });
  }

  #reap(instance: string): void {
    this.#unreaped.add(instance);
    this.#current?.order({ order: 'reap', instance });
  }

  #take(report: Report): void {
    if (report.report === 'notice') this.#logger.warn(report.text);
    else if (report.report === 'reaped') this.#giveUp(report.instance);
    else this.listener.reported(report);
  }

  #giveUp(instance: string): void {
    this.#unreaped.delete(instance);
    if (this.#detached !== null) rmSync(join(this.#detached.launchers, instance), { recursive: true, force: true });
    this.children.giveUp(instance, NO_LAUNCHER, 'The launcher process died');
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** SIGKILL to a process group whose leader's end nobody has seen. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
