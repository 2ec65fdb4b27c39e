import type { KeptCommand, Report } from './launcher/order.js';
import type { Excess } from './limit/excess.js';
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
  /** Its spool, where it has one, has so many bytes. */
  spooled?(bytes: number): void;
  /** So many bytes of its stdin, where the launcher has that, are in its pipe, or were refused as it is closed. */
  taken?(bytes: number, isClosed: boolean): void;
}

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

/** The commands of all launchers, by the ids of their executions, and whom to tell of them. */
export class LaunchedChildren {
  readonly #children = new Map<string, Child>();

  /** A command that is ordered. @param failed gets the system's error code where it cannot be started */
  add(id: string, instance: string, started: Child['started'], failed: Child['failed']): void {
    this.#children.set(id, { instance, started, failed, listener: null, pid: null });
  }

  /** A command that was started for another service: its listener is told what was told before. */
  adopt({ id, pid, reports }: KeptCommand, instance: string, listener: ChildListener): void {
    const refuse = (): never => {
      throw new Error('A command starts once');
    };
    this.#children.set(id, { instance, started: refuse, failed: refuse, listener, pid });
    for (const report of reports) this.take(report);
  }

  /** The launcher that runs it; null where nothing of it runs. */
  launcherOf(id: string): string | null {
    return this.#children.get(id)?.instance ?? null;
  }

  knows(id: string): boolean {
    return this.#children.has(id);
  }

  /** Whether a launcher has any. */
  has(instance: string): boolean {
    return [...this.#children.values()].some((child) => child.instance === instance);
  }

  /** Tells what a launcher reports. */
  take(report: Report): void {
    if (report.report === 'usage') {
      for (const { id, ...usage } of report.rows) this.#children.get(id)?.listener?.used?.(usage);
      return;
    }
    if (!('id' in report)) return;
    const child = this.#children.get(report.id);
    if (child === undefined) return;
    if (report.report === 'started') {
      child.pid = report.pid;
      child.listener = child.started(report.pid);
    } else if (report.report === 'failed') {
      this.#children.delete(report.id);
      child.failed(report.code);
    } else if (child.listener !== null) this.#tell(report.id, report, child, child.listener);
  }

  /** Nothing of a launcher's commands is left: their listeners are told that they are lost. */
  giveUp(instance: string, code: string, why: string): void {
    for (const [id, child] of this.#children) {
      if (child.instance !== instance) continue;
      this.#children.delete(id);
      if (child.listener === null) child.failed(code);
      else child.listener.lost(why);
    }
  }

  /** The leaders of a launcher's commands whose ends nobody has seen. */
  pidsOf(instance: string): number[] {
    return [...this.#children.values()].flatMap((child) => (child.instance === instance ? (child.pid ?? []) : []));
  }

  /** Nothing more is of interest of it. */
  forget(id: string): void {
    this.#children.delete(id);
  }

  #tell(
    id: string,
    report: Exclude<Extract<Report, { readonly id: string }>, { readonly report: 'started' | 'failed' }>,
    child: Child,
    listener: ChildListener,
  ): void {
    if (report.report === 'exceeded') listener.exceeded(report.excess);
    else if (report.report === 'spooled') listener.spooled?.(report.bytes);
    else if (report.report === 'taken') listener.taken?.(report.bytes, report.isClosed);
    else if (report.report === 'cleared') {
      if (report.survivors.length === 0) this.#clear(id, listener);
      listener.cleared(report.survivors);
    } else {
      child.pid = null;
      const { code, signal, durationMs, cpuSeconds, maxRssBytes } = report;
      if (report.clear) this.#clear(id, listener);
      listener.exited(code, signal, durationMs, { cpuSeconds, maxRssBytes });
      if (report.clear) listener.cleared([]);
    }
  }

  /** What has a spool is told of that until it is forgotten. */
  #clear(id: string, listener: ChildListener): void {
    if (listener.spooled === undefined) this.#children.delete(id);
  }
}
