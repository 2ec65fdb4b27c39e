import { join } from 'node:path';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { makeDirectory } from '../config/writable-directory.js';
import { FifoPool } from './fifo-pool.js';
import type { Report, SpawnOrder } from './launcher/order.js';
import type { Excess } from './limit/excess.js';
import { LauncherProcess } from './launcher-process.js';
import { NumberedAnswers } from './numbered-answers.js';
import { removeAbandoned } from './remove-abandoned.js';
import type { FinalUsage, Usage } from './usage.js';

/** What is told of one started command. */
export interface ChildListener {
  /** What its tree uses: about each second where that changes, and before `sample` resolves. Also after `exited`. */
  used?(usage: Usage): void;
  /** It has too much of something, and is killed. */
  exceeded(excess: Excess): void;
  /** `durationMs` is the life of the command's own process, `final` what its tree had used at its end. */
  exited(code: number | null, signal: NodeJS.Signals | null, durationMs: number, final: FinalUsage): void;
  /** Nothing of its tree is left but `survivors`. */
  cleared(survivors: readonly number[]): void;
  /** The launcher died: how the command ended is not known; nothing of it is left. */
  lost(why: string): void;
}

/** A launcher that lived shorter than this is replaced after a while only, not at once. */
const SHORT_LIFE_MS = 5000;
const RESTART_DELAY_MS = 1000;

/** Stands for an error code where there is no launcher to ask. */
const NO_LAUNCHER = 'ELAUNCHER';

interface Child {
  /** The instance of the launcher that runs it. */
  readonly instance: string;
  readonly started: (pid: number) => ChildListener;
  readonly failed: (code: string) => void;
  /** Set once it has started. */
  listener: ChildListener | null;
  /** Set while its own process lives. */
  pid: number | null;
}

/** Starts and signals commands through the launcher process, which it keeps alive. */
@Injectable()
export class LauncherService implements OnModuleInit {
  readonly #logger = new Logger(LauncherService.name);
  readonly #fifos = new FifoPool((count) => this.#launcher?.order({ order: 'fifos', count }));
  /** FIFOs for output that a start is quicker with. */
  #ready: (readonly [string, string])[] = [];
  readonly #children = new Map<string, Child>();
  /** Launchers that died and whose commands are not yet known to be dead. */
  readonly #unreaped = new Set<string>();
  readonly #signals = new NumberedAnswers<boolean>();
  readonly #samples = new NumberedAnswers<undefined>();
  #launcher: LauncherProcess | null = null;
  #state: 'starting' | 'up' | 'restarting' = 'starting';
  #restartTimer: NodeJS.Timeout | undefined;
  #ending = false;

  constructor(private readonly config: AppConfig) {}

  onModuleInit(): void {
    const directory = this.#runDirectory();
    makeDirectory(directory);
    for (const instance of removeAbandoned(directory)) this.#unreaped.add(instance);
    this.#start();
  }

  /** Up from the launcher's first report to its end. */
  get state(): 'starting' | 'up' | 'restarting' {
    return this.#state;
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
  spawn(order: Omit<SpawnOrder, 'order'>, adopt: (pid: number) => ChildListener): Promise<string | null> {
    const launcher = this.#launcher;
    if (launcher === null) return Promise.resolve(NO_LAUNCHER);
    return new Promise((resolve) => {
      this.#children.set(order.id, {
        instance: launcher.instance,
        started: (pid) => {
          resolve(null);
          return adopt(pid);
        },
        failed: resolve,
        listener: null,
        pid: null,
      });
      launcher.order({ order: 'spawn', ...order });
    });
  }

  /** Signals a command's group, with `tree` also what left it. False where nothing was there to signal. */
  signal(id: string, signal: NodeJS.Signals, tree: boolean): Promise<boolean> {
    const launcher = this.#launcher;
    if (launcher === null || !this.#children.has(id)) return Promise.resolve(false);
    return this.#signals.ask((number) => {
      launcher.order({ order: 'signal', id, number, signal, tree });
    });
  }

  /** SIGTERM to the tree, SIGKILL after `graceMs`; `cleared` tells when it is done. */
  terminate(id: string, graceMs: number): void {
    if (this.#children.has(id)) this.#launcher?.order({ order: 'terminate', id, graceMs });
  }

  /** Measures all that runs: resolves when each listener was told what is new, or when there is no launcher to ask. */
  sample(): Promise<void> {
    const launcher = this.#launcher;
    if (launcher === null) return Promise.resolve();
    return this.#samples.ask((number) => {
      launcher.order({ order: 'sample', number });
    });
  }

  /** Ends the launcher and whatever it still runs. */
  async end(): Promise<void> {
    this.#ending = true;
    clearTimeout(this.#restartTimer);
    await this.#launcher?.end();
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
      this.#logger.error(
        `The launcher process cannot be started: ${error instanceof Error ? error.message : String(error)}`,
      );
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
    const { baseEnvironment, runAs, isolation, cgroup, readyShells } = this.config.process;
    const ready = { count: readyShells, cwd: this.config.policy.directory };
    const settings = { user: runAs, isolation, cgroup, ready };
    const launcher = new LauncherProcess(this.#runDirectory(), baseEnvironment, settings, (report) => {
      this.#state = 'up';
      this.#take(report);
    });
    this.#launcher = launcher;
    void launcher.ended.then((why) => {
      if (this.#state === 'up') this.#state = 'restarting';
      this.#signals.settleAll(false);
      this.#samples.settleAll(undefined);
      if (this.#ending) this.#launcher = null;
      else this.#replace(launcher, why, performance.now() - startedAt);
    });
    this.#ready = [];
    this.#fifos.reset();
    for (const instance of this.#unreaped) launcher.order({ order: 'reap', instance });
  }

  /** The launcher died: its successor first kills what it left running, then its executions are given up. */
  #replace(dead: LauncherProcess, why: string, livedMs: number): void {
    this.#logger.error(`The launcher process is gone and is replaced: ${why}`);
    this.#launcher = null;
    this.#unreaped.add(dead.instance);
    for (const { instance, pid } of this.#children.values())
      if (instance === dead.instance && pid !== null) killGroup(pid);
    this.#fifos.fail(new Error(NO_LAUNCHER));
    this.#restartAfter(livedMs < SHORT_LIFE_MS ? RESTART_DELAY_MS : 0);
  }

  #giveUp(instance: string): void {
    this.#unreaped.delete(instance);
    for (const [id, child] of this.#children) {
      if (child.instance !== instance) continue;
      this.#children.delete(id);
      if (child.listener === null) child.failed(NO_LAUNCHER);
      else child.listener.lost('The launcher process died');
    }
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
      case 'usage':
        for (const { id, ...usage } of report.rows) this.#children.get(id)?.listener?.used?.(usage);
        return;
      case 'sampled':
        this.#samples.settle(report.number, undefined);
        return;
      case 'reaped':
        this.#giveUp(report.instance);
        return;
      default:
        this.#tell(report);
    }
  }

  #tell(report: Extract<Report, { readonly id: string }>): void {
    const child = this.#children.get(report.id);
    if (child === undefined) return;
    const last =
      report.report === 'failed' ||
      (report.report === 'exited' ? report.clear : report.report === 'cleared' && report.survivors.length === 0);
    if (last) this.#children.delete(report.id);
    if (report.report === 'started') {
      child.pid = report.pid;
      child.listener = child.started(report.pid);
    } else if (report.report === 'failed') child.failed(report.code);
    else if (report.report === 'exceeded') child.listener?.exceeded(report.excess);
    else if (report.report === 'cleared') child.listener?.cleared(report.survivors);
    else {
      child.pid = null;
      const { code, signal, durationMs, cpuSeconds, maxRssBytes } = report;
      child.listener?.exited(code, signal, durationMs, { cpuSeconds, maxRssBytes });
      if (report.clear) child.listener?.cleared([]);
    }
  }
}

/** SIGKILL to a process group whose leader's end nobody has seen. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
