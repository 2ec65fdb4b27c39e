import type { Finding } from '../detector/finding.js';
import type { EndReason } from './end-cause.js';
import type { ExecutionEvent } from './execution-event.js';
import { ExecutionLife } from './execution-life.js';
import { requireWithinMaximum } from './execution-limits.js';
import { ProcessError } from './process-error.js';

/** Puts an event into the log, at the moment the caller chooses: after its own reply. */
export type Announcement = () => void;

/** One command that was started, and its control. */
export class Execution extends ExecutionLife {
  #turn: Promise<void> = Promise.resolve();

  /** Stops every process of the tree. @returns what tells it in the log @throws ProcessError not-running */
  pause(): Promise<Announcement> {
    return this.#inTurn(async () => {
      this.#requireControllable();
      await this.#signal('SIGSTOP', true);
      this.#requireControllable();
      this.clocks.pause();
      this.word = 'paused';
      return this.#announcement('paused');
    });
  }

  /** Continues every process of the tree. @returns what tells it in the log @throws ProcessError not-running */
  resume(): Promise<Announcement> {
    return this.#inTurn(async () => {
      this.#requireControllable();
      await this.#signal('SIGCONT', true);
      this.#requireControllable();
      this.clocks.resume();
      this.word = 'running';
      return this.#announcement('resumed');
    });
  }

  /**
   * Ends the tree, or the survivors of one that ended: SIGTERM, then SIGKILL after the cleanup timeout.
   * @returns what tells it in the log
   * @throws ProcessError not-running
   */
  cancel(): Promise<Announcement> {
    return this.#inTurn(() => {
      if (this.end.isOver && this.survivors.length === 0) throw this.#notRunning();
      const first = this.end.cause?.reason !== 'canceled';
      if (first) this.terminate('canceled');
      return Promise.resolve(first ? this.#announcement('canceled') : noop);
    });
  }

  /** Signals the process group. @throws ProcessError not-running */
  signal(signal: NodeJS.Signals): Promise<void> {
    return this.#inTurn(async () => {
      if (this.end.isOver) throw this.#notRunning();
      await this.#signal(signal, false);
    });
  }

  /**
   * Bytes for an open stdin, and with `eof` its end.
   * @returns the bytes taken
   * @throws ProcessError not-running, stdin-not-open, or stdin-full where the command does not read
   */
  write(data: Buffer, eof: boolean): number {
    if (this.end.isOver) throw this.#notRunning();
    if (this.request.stdin !== 'open' || !this.pipes.isStdinOpen) {
      throw new ProcessError({ kind: 'stdin-not-open', executionId: this.id });
    }
    const limitBytes = this.limits.stdinBufferBytes;
    if (this.pipes.unreadInputBytes + data.length > limitBytes)
      throw new ProcessError({ kind: 'stdin-full', limitBytes });
    this.pipes.write(data, eof);
    return data.length;
  }

  /**
   * Gives it another time limit, counted from its start without pauses, that is the client's own; null = none.
   * @throws ProcessError not-running, limit-over-maximum, or unusable-request where it has run for so long already
   */
  extend(limitMs: number | null): void {
    this.#requireControllable();
    requireWithinMaximum(limitMs, this.limits.time.maxTimeoutMs);
    const { activeMs } = this.activity;
    if (limitMs !== null && limitMs <= activeMs) {
      const message = `The execution has run for ${String(Math.round(activeMs / 100) / 10)} s already`;
      throw new ProcessError({ kind: 'unusable-request', field: 'timeout', message });
    }
    const fromMs = this.timeoutMs;
    this.clocks.setLimit(limitMs ?? Infinity);
    this.extensions.client++;
    this.log.appendEvent({ type: 'extended', fromMs, toMs: limitMs, why: 'client' });
  }

  /** Puts into the log what others found out about it, while it lives. */
  note(event: Extract<ExecutionEvent, { readonly type: 'hook-warning' }>): void {
    if (!this.isEnded()) this.log.appendEvent(event);
  }

  /** Its output tells something, true or not. That ends it only where the client asked for it. */
  onFound(finding: Finding): void {
    if (this.isEnded()) return;
    const elapsedMs = this.elapsedMs;
    this.log.appendEvent({ type: 'found', finding, elapsedMs });
    if (finding.kind !== 'completion') return;
    this.completion ??= { marker: finding.text, elapsedMs };
    if (this.request.stopOn?.includes('completion') === true) this.terminate('completion');
  }

  /** No one waits for it any more: the output ends here, and so does the tree. */
  abandon(reason: EndReason): void {
    this.log.onRoom = noop;
    this.log.release();
    this.pipes.closeOutput();
    this.terminate(reason);
  }

  async #signal(signal: NodeJS.Signals, tree: boolean): Promise<void> {
    const delivered = await this.launcher.signal(this.id, signal, tree);
    if (!delivered) throw this.#notRunning();
  }

  /** Controls act one after the other, in the order in which they came. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act);
    this.#turn = turn.then(noop, noop);
    return turn;
  }

  #announcement(type: 'paused' | 'resumed' | 'canceled'): Announcement {
    return () => {
      if (!this.isEnded()) this.log.appendEvent({ type });
    };
  }

  #requireControllable(): void {
    if (this.word !== 'running' && this.word !== 'paused') throw this.#notRunning();
  }

  /** The fault that control of an ended execution gets. */
  #notRunning(): ProcessError {
    return new ProcessError({ kind: 'not-running', pid: this.pid, executionId: this.id });
  }
}

function noop(): void {
  // nothing is to be done
}
