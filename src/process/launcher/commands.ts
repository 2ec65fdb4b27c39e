import { ProcessError } from '../process-error.js';
import type { CommandSpawner } from './command-spawner.js';
import type { ExecutionCgroups } from './limit/execution-cgroups.js';
import type { LimitWatch } from './limit/limit-watch.js';
import {
  EXECUTION_VARIABLE,
  INSTANCE_VARIABLE,
  type KeptCommand,
  type Report,
  type SignalOrder,
  type SpawnOrder,
} from './order.js';
import { lastPid } from './process-table.js';
import type { SpooledCommand } from './spool/spooled-command.js';
import type { StartedProcess } from './started-process.js';
import { Tree } from './tree.js';
import type { UsageSampler } from './usage-sampler.js';
import type { WaitedCpu } from './waited-cpu.js';

/** What commands are started and watched with. */
export interface CommandMeans {
  readonly instance: string;
  readonly spawner: CommandSpawner;
  readonly sampler: UsageSampler;
  readonly limits: LimitWatch;
  readonly cgroups: ExecutionCgroups;
  readonly waitedCpu: WaitedCpu;
  /** Opens the pipes of a command on this side; null where the service has all of them. */
  readonly spool: ((order: SpawnOrder, tell: (report: Report) => void) => SpooledCommand | null) | null;
}

/** A process that runs at the moment of its SIGSTOP stops when it is next scheduled: it is waited for, so long at most. */
const STOP_LOOK_MS = 2;
const STOP_LOOKS = 100;

/** The commands of a launcher, from their starts until nothing of them is left or kept. */
export class Commands {
  readonly #trees = new Map<string, Tree>();
  readonly #spooled = new Map<string, SpooledCommand>();
  /** Those that nobody wants once the service is gone. */
  readonly #unspooled = new Set<string>();

  /** @param onEmpty called when nothing runs, and nothing is kept */
  constructor(
    private readonly means: CommandMeans,
    private readonly report: (report: Report) => void,
    private readonly onEmpty: () => void,
  ) {}

  get isEmpty(): boolean {
    return this.#trees.size === 0 && this.#spooled.size === 0;
  }

  /** What one finds who was not there when they started. */
  get kept(): KeptCommand[] {
    return [...this.#spooled.values()].flatMap(({ kept }) => kept ?? []);
  }

  start(order: SpawnOrder): void {
    const { spawner, instance, waitedCpu, cgroups } = this.means;
    const { id, cwd } = order;
    const environment = { PWD: cwd, ...order.environment, [INSTANCE_VARIABLE]: instance, [EXECUTION_VARIABLE]: id };
    const startedAtMs = performance.now();
    const pidsBefore = lastPid();
    try {
      const spooled = this.means.spool?.(order, this.report) ?? null;
      if (spooled !== null) this.#spooled.set(id, spooled);
      spawner.spawn(order, environment, (child) => {
        this.#watch(child, order, startedAtMs, pidsBefore);
      });
    } catch (error) {
      waitedCpu.passOver(0);
      cgroups.remove(id);
      this.#fail(id, error);
    }
  }

  signal({ id, number, signal, tree }: SignalOrder): void {
    const target = this.#trees.get(id);
    const delivered = target?.signal(signal, tree) ?? false;
    const answer = (looks: number): void => {
      if (delivered && signal === 'SIGSTOP' && looks > 0 && target?.isStopped() === false)
        setTimeout(answer, STOP_LOOK_MS, looks - 1);
      else this.report({ report: 'signaled', number, delivered });
    };
    answer(STOP_LOOKS);
  }

  /** SIGTERM now, SIGKILL for what is left after `graceMs`. */
  terminate(id: string, graceMs: number): void {
    this.#trees.get(id)?.terminate(graceMs);
  }

  terminateAll(graceMs: number): void {
    for (const id of this.#trees.keys()) this.terminate(id, graceMs);
  }

  /** The service is gone, and with it who read what these print. */
  terminateUnspooled(): void {
    for (const id of this.#unspooled) this.terminate(id, 0);
  }

  spooled(id: string): SpooledCommand | null {
    return this.#spooled.get(id) ?? null;
  }

  /** All of a command is known to who asked for it. */
  forget(id: string): void {
    this.#spooled.get(id)?.close();
    this.#spooled.delete(id);
    if (this.isEmpty) this.onEmpty();
  }

  /** SIGKILL to everything, at once. */
  destroy(): void {
    for (const tree of this.#trees.values()) tree.destroy();
  }

  #fail(id: string, error: unknown): void {
    this.#spooled.get(id)?.close();
    this.#spooled.delete(id);
    this.report({ report: 'failed', id, code: codeOf(error) });
  }

  /** Tells it, now and to who asks later. */
  #tell(report: Extract<Report, { readonly id: string }>): void {
    this.#spooled.get(report.id)?.note(report);
    this.report(report);
  }

  #watch(child: StartedProcess, order: SpawnOrder, startedAtMs: number, pidsBefore: number | null): void {
    const { id } = order;
    const { sampler, limits, cgroups, waitedCpu } = this.means;
    if (child.pid === undefined) {
      waitedCpu.passOver(performance.now() - startedAtMs);
      cgroups.remove(id);
      child.once('error', (error) => {
        this.#fail(id, error);
      });
      return;
    }
    this.report({ report: 'started', id, pid: child.pid });
    const leader = Object.assign(child, { pid: child.pid });
    // A ready shell is older than its command, whose descendants are not.
    const start = { id, startedAtMs, pidsBefore: Math.max(child.pid, pidsBefore ?? 0) };
    const tree = new Tree(leader, start, order.keep, {
      exited: (code, signal, clear, durationMs) => {
        const excess = cgroups.excess(id);
        if (excess !== null) this.#tell({ report: 'exceeded', id, excess });
        if (clear) this.#remove(id);
        const account = (cpuTicks: number): void => {
          const usage = sampler.final(id, cpuTicks, clear, startedAtMs + durationMs);
          this.#tell({ report: 'exited', id, code, signal, clear, durationMs, ...usage });
        };
        waitedCpu.add({ ...sampler.leaderEnded(id), account });
      },
      cleared: (survivors) => {
        // Limits hold for what was left on purpose, too.
        if (survivors.length === 0 || order.limits === null) sampler.remove(id);
        if (survivors.length === 0) this.#remove(id);
        this.#tell({ report: 'cleared', id, survivors });
      },
    });
    this.#trees.set(id, tree);
    const spooled = this.#spooled.get(id);
    if (spooled === undefined) this.#unspooled.add(id);
    else spooled.start(child.pid);
    sampler.add(tree.leader);
    if (order.limits === null) return;
    limits.add(tree.leader, order.limits, (excess) => {
      this.#tell({ report: 'exceeded', id, excess });
      tree.destroy();
      tree.terminate(0);
    });
  }

  #remove(id: string): void {
    this.#trees.delete(id);
    this.#unspooled.delete(id);
    this.means.limits.remove(id);
    this.means.cgroups.remove(id);
    if (this.isEmpty) this.onEmpty();
  }
}

function codeOf(error: unknown): string {
  const { fault } = error instanceof ProcessError ? error : { fault: null };
  const code = fault?.kind === 'start-refused' ? fault.code : (error as NodeJS.ErrnoException).code;
  return code ?? 'UNKNOWN';
}
