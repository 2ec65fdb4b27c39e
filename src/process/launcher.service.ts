import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { makeDirectory } from '../config/writable-directory.js';
import { DetachedDirectory } from './detached/detached-directory.js';
import { DetachedLauncher } from './detached/detached-launcher.js';
import { findLeftLauncher, type LeftLauncher } from './detached/left-launcher.js';
import { FifoPool } from './fifo-pool.js';
import { type ChildListener, LaunchedChildren } from './launched-children.js';
import type { DetachedSettings } from './launcher/launcher-settings.js';
import { type KeptCommand, type Order, type Report, type SpawnOrder, TOO_LATE } from './launcher/order.js';
import type { LauncherLink } from './launcher-link.js';
import { LauncherProcess } from './launcher-process.js';
import { monotonicMs } from './monotonic-ms.js';
import { NumberedAnswers } from './numbered-answers.js';
import { PacedReports } from './paced-reports.js';
import { removeAbandoned } from './remove-abandoned.js';

/** A launcher that lived shorter than this is replaced after a while only, not at once. */
const SHORT_LIFE_MS = 5000;
const RESTART_DELAY_MS = 1000;

/** Time in which a launcher starts a command or never does, and in which its answer has come then. */
const START_MS = 10_000;
const ANSWER_MS = 2000;

/** Stands for an error code where there is no launcher to ask. */
const NO_LAUNCHER = 'ELAUNCHER';

/** Starts and signals commands through the launcher process, which it keeps alive. */
@Injectable()
export class LauncherService implements OnModuleInit {
  readonly #logger = new Logger(LauncherService.name);
  readonly #fifos = new FifoPool((count) => this.#launcher?.order({ order: 'fifos', count }));
  /** FIFOs for output that a start is quicker with. */
  #ready: (readonly [string, string])[] = [];
  readonly #children = new LaunchedChildren();
  /** Launchers that died and whose commands are not yet known to be dead. */
  readonly #unreaped = new Set<string>();
  readonly #signals = new NumberedAnswers<boolean>();
  readonly #samples = new NumberedAnswers<undefined>();
  /** All that run: the one that starts commands, and those that other services have left. */
  readonly #links = new Map<string, LauncherLink>();
  #launcher: LauncherLink | null = null;
  #state: 'starting' | 'up' | 'restarting' = 'starting';
  #restartTimer: NodeJS.Timeout | undefined;
  #ending = false;
  /** Where what outlives the service is; null where nothing does. */
  #detached: DetachedDirectory | null = null;

  constructor(private readonly config: AppConfig) {}

  onModuleInit(): void {
    if (this.config.process.launcher === 'detached') this.#detached = new DetachedDirectory(this.config.data.directory);
    const directory = this.#runDirectory();
    makeDirectory(directory);
    for (const instance of removeAbandoned(directory)) this.#unreaped.add(instance);
    this.#start();
  }

  /** Up from the launcher's first report to its end. */
  get state(): 'starting' | 'up' | 'restarting' {
    return this.#state;
  }

  /** Where executions leave what the next service needs, and the launcher that will run them; null where nothing outlives this one. */
  get detachedPlace(): { readonly executions: string; readonly instance: string } | null {
    return this.#detached && { executions: this.#detached.executions, instance: this.#launcher?.instance ?? '' };
  }

  /** Unused FIFO paths, stdout first and stdin last, at once where they are there. Rejects where the launcher dies first. */
  takeFifos(count: 2 | 3): readonly string[] | Promise<readonly string[]> {
    const ready = count === 2 ? this.#ready.shift() : undefined;
    return ready ?? this.#fifos.take(count);
  }

  /**
   * Starts a command; the FIFOs of the order are open on this side already. `adopt` is called at once when the command
   * runs, with its pid, which is also its process group; what it returns is told of the command from then on.
   * @returns null, or the system's error code where the command could not be started
   */
  spawn(
    order: Omit<SpawnOrder, 'order' | 'deadlineMs'>,
    adopt: (pid: number) => ChildListener,
  ): Promise<string | null> {
    const launcher = this.#launcher;
    if (launcher === null) return Promise.resolve(NO_LAUNCHER);
    return new Promise((resolve) => {
      const tooLong = setTimeout(() => {
        this.#children.forget(order.id);
        resolve(TOO_LATE);
      }, START_MS + ANSWER_MS);
      const settle = (code: string | null): void => {
        clearTimeout(tooLong);
        resolve(code);
      };
      const started = (pid: number): ChildListener => {
        settle(null);
        return adopt(pid);
      };
      this.#children.add(order.id, launcher.instance, started, settle);
      launcher.order({ order: 'spawn', deadlineMs: monotonicMs() + START_MS, ...order });
    });
  }

  /** A command that another service has started: what was told of it is told to its listener, and all that will be. */
  adopt(kept: KeptCommand, instance: string, listener: ChildListener): void {
    this.#children.adopt(kept, instance, listener);
  }

  /** What concerns one command; it is not heard where nothing of that is left. */
  order(order: Extract<Order, { readonly id: string }>): void {
    const instance = this.#children.launcherOf(order.id);
    if (instance !== null) this.#links.get(instance)?.order(order);
  }

  /** All of an ended command is known: nothing is kept of it. */
  forget(id: string): void {
    this.order({ order: 'forget', id });
    this.#children.forget(id);
  }

  /** Signals a command's group, with `tree` also what left it. False where nothing was there to signal. */
  signal(id: string, signal: NodeJS.Signals, tree: boolean): Promise<boolean> {
    const link = this.#links.get(this.#children.launcherOf(id) ?? '');
    if (link === undefined) return Promise.resolve(false);
    return this.#signals.ask((number) => {
      link.order({ order: 'signal', id, number, signal, tree });
    });
  }

  /** SIGTERM to the tree, SIGKILL after `graceMs`; `cleared` tells when it is done. */
  terminate(id: string, graceMs: number): void {
    this.order({ order: 'terminate', id, graceMs });
  }

  /** Measures all that runs: resolves when each listener was told what is new, or when there is no launcher to ask. */
  async sample(): Promise<void> {
    const samples = [...this.#links.values()].map((link) =>
      this.#samples.ask((number) => {
        link.order({ order: 'sample', number });
      }),
    );
    await Promise.all(samples);
  }

  /**
   * Connects to the launchers that other services have left. The commands of those that live are theirs still; those of
   * dead ones are killed when `settle` is called, and then lost.
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
   * What is to be known of launchers that were found is known: they end when their commands have.
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

  /** Ends the launcher and whatever it still runs; detached ones are left, with what they run. */
  async end(): Promise<void> {
    this.#ending = true;
    clearTimeout(this.#restartTimer);
    await Promise.all([...this.#links.values()].map((link) => link.end()));
  }

  #runDirectory(): string {
    return join(this.config.data.directory, 'run');
  }

  /** Starts a launcher; where that cannot be done now, it is tried again. */
  #restart(): void {
    try {
      makeDirectory(this.#runDirectory());
      this.#start();
    } catch (error) {
      this.#logger.error(`The launcher process cannot be started: ${messageOf(error)}`);
      this.#fifos.fail(new Error(NO_LAUNCHER));
      this.#restartAfter(RESTART_DELAY_MS);
    }
  }

  #restartAfter(delayMs: number): void {
    this.#restartTimer = setTimeout(() => {
      this.#restart();
    }, delayMs);
  }

  #start(): void {
    const startedAt = performance.now();
    const { baseEnvironment, runAs, isolation, cgroup, spawnMethod, readyShells } = this.config.process;
    const ready = { count: readyShells, cwd: this.config.policy.directory };
    const settings = { user: runAs, isolation, cgroup, spawnMethod, ready, detached: this.#detachedSettings };
    const reports = new PacedReports<Report>((report) => {
      this.#take(report);
    });
    const onReport = (report: Report): void => {
      this.#state = 'up';
      reports.push(report);
    };
    const launcher =
      this.#detached === null
        ? new LauncherProcess(this.#runDirectory(), baseEnvironment, settings, onReport)
        : DetachedLauncher.start(this.#detached.launchers, baseEnvironment, settings, onReport);
    this.#launcher = launcher;
    this.#watch(launcher, () => {
      if (this.#state === 'up') this.#state = 'restarting';
      this.#launcher = null;
      this.#fifos.fail(new Error(NO_LAUNCHER));
      if (!this.#ending) this.#restartAfter(performance.now() - startedAt < SHORT_LIFE_MS ? RESTART_DELAY_MS : 0);
    });
    this.#ready = [];
    this.#fifos.reset();
    for (const instance of this.#unreaped) launcher.order({ order: 'reap', instance });
  }

  get #detachedSettings(): DetachedSettings | null {
    const { launcherTtlMs, cleanupTimeoutMs } = this.config.process;
    return this.#detached && { ttlMs: launcherTtlMs, graceMs: cleanupTimeoutMs };
  }

  /** One that died: its successor first kills what it left running, then its executions are given up. */
  #watch(link: LauncherLink, onEnd?: () => void): void {
    this.#links.set(link.instance, link);
    void link.ended.then((why) => {
      this.#links.delete(link.instance);
      this.#signals.settleAll(false);
      this.#samples.settleAll(undefined);
      const isLoss = onEnd !== undefined || this.#children.has(link.instance);
      onEnd?.();
      if (this.#ending || !isLoss) return;
      this.#logger.error(`The launcher process is gone: ${why}`);
      for (const pid of this.#children.pidsOf(link.instance)) killGroup(pid);
      this.#reap(link.instance);
    });
  }

  #reap(instance: string): void {
    this.#unreaped.add(instance);
    this.#launcher?.order({ order: 'reap', instance });
  }

  #giveUp(instance: string): void {
    this.#unreaped.delete(instance);
    if (this.#detached !== null) rmSync(join(this.#detached.launchers, instance), { recursive: true, force: true });
    this.#children.giveUp(instance, NO_LAUNCHER, 'The launcher process died');
  }

  #take(report: Report): void {
    switch (report.report) {
      case 'fifos':
        this.#fifos.add(report.paths);
        return;
      case 'ready':
        this.#ready.push([report.stdout, report.stderr]);
        return;
      case 'signaled':
        this.#signals.settle(report.number, report.delivered);
        return;
      case 'sampled':
        this.#samples.settle(report.number, undefined);
        return;
      case 'notice':
        this.#logger.warn(report.text);
        return;
      case 'reaped':
        this.#giveUp(report.instance);
        return;
      case 'started':
        // Nobody waits for it any more.
        if (!this.#children.knows(report.id)) this.#launcher?.order({ order: 'terminate', id: report.id, graceMs: 0 });
        this.#children.take(report);
        return;
      default:
        this.#children.take(report);
    }
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
