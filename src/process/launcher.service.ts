import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import type { LeftLauncher } from './detached/left-launcher.js';
import { FifoPool } from './fifo-pool.js';
import { type ChildListener, LaunchedChildren } from './launched-children.js';
import { type KeptCommand, type Order, type Report, type SpawnOrder, TOO_LATE } from './launcher/order.js';
import { Launchers, NO_LAUNCHER } from './launchers.js';
import { monotonicMs } from './monotonic-ms.js';
import { NumberedAnswers } from './numbered-answers.js';

/** Time in which a launcher starts a command or never does, and in which its answer has come then. */
const START_MS = 10_000;
const ANSWER_MS = 2000;

/** Starts and signals commands through the launcher process. */
@Injectable()
export class LauncherService implements OnModuleInit {
  readonly #fifos = new FifoPool((count) => this.#launchers.current?.order({ order: 'fifos', count }));
  /** FIFOs for output that a start is quicker with. */
  #ready: (readonly [string, string])[] = [];
  readonly #children = new LaunchedChildren();
  readonly #signals = new NumberedAnswers<boolean>();
  readonly #samples = new NumberedAnswers<undefined>();
  readonly #launchers: Launchers;

  constructor(config: AppConfig) {
    this.#launchers = new Launchers(config, this.#children, {
      reported: (report) => {
        this.#take(report);
      },
      begun: () => {
        this.#ready = [];
        this.#fifos.reset();
      },
      stopped: () => {
        this.#fifos.fail(new Error(NO_LAUNCHER));
      },
      ended: () => {
        this.#signals.settleAll(false);
        this.#samples.settleAll(undefined);
      },
    });
  }

  onModuleInit(): void {
    this.#launchers.begin();
  }

  /** Up from the launcher's first report to its end. */
  get state(): Launchers['state'] {
    return this.#launchers.state;
  }

  /** Where executions leave what the next service needs, and the launcher that will run them; null where nothing outlives this one. */
  get detachedPlace(): Launchers['detachedPlace'] {
    return this.#launchers.detachedPlace;
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
    const launcher = this.#launchers.current;
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
    this.#launchers.of(this.#children.launcherOf(order.id))?.order(order);
  }

  /** All of an ended command is known: nothing is kept of it. */
  forget(id: string): void {
    this.order({ order: 'forget', id });
    this.#children.forget(id);
  }

  /** Signals a command's group, with `tree` also what left it. False where nothing was there to signal. */
  signal(id: string, signal: NodeJS.Signals, tree: boolean): Promise<boolean> {
    const launcher = this.#launchers.of(this.#children.launcherOf(id));
    if (launcher === null) return Promise.resolve(false);
    return this.#signals.ask((number) => {
      launcher.order({ order: 'signal', id, number, signal, tree });
    });
  }

  /** SIGTERM to the tree, SIGKILL after `graceMs`; `cleared` tells when it is done. */
  terminate(id: string, graceMs: number): void {
    this.order({ order: 'terminate', id, graceMs });
  }

  /** Measures all that runs: resolves when each listener was told what is new, or when there is no launcher to ask. */
  async sample(): Promise<void> {
    const samples = this.#launchers.all.map((launcher) =>
      this.#samples.ask((number) => {
        launcher.order({ order: 'sample', number });
      }),
    );
    await Promise.all(samples);
  }

  /** The launchers that other services have left. @see Launchers.findLeft */
  findLeft(): Promise<readonly LeftLauncher[]> {
    return this.#launchers.findLeft();
  }

  /** @see Launchers.settle */
  settle(...found: Parameters<Launchers['settle']>): void {
    this.#launchers.settle(...found);
  }

  /** Ends the launcher and whatever it still runs; detached ones are left, with what they run. */
  end(): Promise<void> {
    return this.#launchers.end();
  }

  #take(report: Report): void {
    if (report.report === 'fifos') this.#fifos.add(report.paths);
    else if (report.report === 'ready') this.#ready.push([report.stdout, report.stderr]);
    else if (report.report === 'signaled') this.#signals.settle(report.number, report.delivered);
    else if (report.report === 'sampled') this.#samples.settle(report.number, undefined);
    else {
      // Nobody waits for it any more.
      if (report.report === 'started' && !this.#children.knows(report.id))
        this.#launchers.current?.order({ order: 'terminate', id: report.id, graceMs: 0 });
      this.#children.take(report);
    }
  }
}
