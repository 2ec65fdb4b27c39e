import { Deadline } from '../timeout/deadline.js';
import type { TimeLimits } from '../timeout/time-limits.js';
import type { ExecutionPast } from './execution-past.js';

/** What the clocks of an execution tell. Times are milliseconds. */
export interface ClockListener {
  /** Four fifths of the time limit have passed. */
  warned(remainingMs: number, limitMs: number, basedOn: TimeLimits['basedOn']): void;
  /** An estimated limit was reached by an execution that makes progress, and moved. */
  extended(fromMs: number, toMs: number): void;
  /** There was no output for `idleMs`: once in one silence. */
  silent(idleMs: number): void;
  /** A limit ends the execution. */
  expired(limit: ReachedLimit): void;
}

/** The limit that ends an execution: of its whole time, or of its time without output (`stall`). */
export interface ReachedLimit {
  readonly kind: 'execution' | 'stall';
  readonly limitMs: number;
  /** Time without any sign of progress. */
  readonly idleMs: number;
  readonly basedOn: TimeLimits['basedOn'];
}

/** What an execution did with its time, pauses left out. */
export interface Activity {
  readonly activeMs: number;
  /** Longest time without output, CPU time or I/O. */
  readonly longestStillnessMs: number;
  /** The part of it at the end. */
  readonly lastStillnessMs: number;
}

/** Share of a limit at which it is warned, and looked whether there is progress from there on. */
const WARNING_SHARE = 0.8;
const EXTENSION_FACTOR = 2;

/**
 * The clocks of one execution. All of them stop while it is paused; those of its silence also while its client does not
 * take its output.
 */
export class ExecutionClocks {
  readonly #life: Deadline;
  readonly #warning: Deadline;
  /** Since the last output. */
  readonly #silence: Deadline;
  /** Since the last sign of progress of any kind. */
  readonly #stillness: Deadline;
  #limitMs: number;
  #isEstimated: boolean;
  #basedOn: TimeLimits['basedOn'];
  #longestStillnessMs = 0;
  /** Since the last look. */
  #hasProgressed = false;
  #isPaused = false;
  #isBlocked = false;
  #blockedMs = 0;
  /** Monotonic time of the last change of `#isBlocked`. */
  #blockedAt = 0;

  constructor(
    private readonly limits: TimeLimits,
    private readonly listener: ClockListener,
  ) {
    this.#limitMs = limits.timeoutMs ?? Infinity;
    this.#isEstimated = limits.isEstimated;
    this.#basedOn = limits.basedOn;
    this.#life = new Deadline(this.#limitMs, () => {
      this.#onLimit();
    });
    this.#warning = new Deadline(this.#limitMs * WARNING_SHARE, () => {
      this.#onWarning();
    });
    this.#silence = new Deadline(
      limits.stallTimeoutMs ?? limits.silenceNoticeMs ?? Infinity,
      () => {
        this.#onSilence();
      },
      true,
    );
    this.#stillness = new Deadline(limits.stillnessMs ?? Infinity, () => {
      this.#expire('stall', limits.stillnessMs ?? 0);
    });
  }

  /** It goes on where another service has left it, progress granted. */
  goOn({ activeMs, isPaused, moved }: ExecutionPast): void {
    this.#hasProgressed = true;
    for (const clock of [this.#life, this.#warning]) clock.spend(activeMs);
    const limitMs = moved === null ? this.#limitMs : (moved.limitMs ?? Infinity);
    if (moved?.isOfClient === true) this.setLimit(limitMs);
    else this.#moveTo(limitMs);
    if (isPaused) this.pause();
  }

  /** The time limit that is in force; null = none. */
  get timeoutMs(): number | null {
    return this.#limitMs === Infinity ? null : this.#limitMs;
  }

  /** Time in which it was blocked, so far. */
  get blockedMs(): number {
    return this.#blockedMs + (this.#isBlocked ? performance.now() - this.#blockedAt : 0);
  }

  get activity(): Activity {
    const lastStillnessMs = this.#stillness.elapsedMs;
    return {
      activeMs: this.#life.elapsedMs,
      longestStillnessMs: Math.max(this.#longestStillnessMs, lastStillnessMs),
      lastStillnessMs,
    };
  }

  /** There was output. */
  output(): void {
    this.#silence.touch();
    this.progress();
  }

  /** The execution used CPU time or did I/O. */
  progress(): void {
    this.#hasProgressed = true;
    const stillnessMs = this.#stillness.elapsedMs;
    if (stillnessMs > this.#longestStillnessMs) this.#longestStillnessMs = stillnessMs;
    this.#stillness.touch();
  }

  /** The client's own limit, kept to the letter from here on: nothing that was estimated holds any more. Infinity = none. */
  setLimit(limitMs: number): void {
    this.#isEstimated = false;
    this.#basedOn = 'client';
    this.#stillness.moveTo(Infinity);
    this.#moveTo(limitMs);
  }

  pause(): void {
    this.#isPaused = true;
    for (const clock of [this.#life, this.#warning, this.#silence, this.#stillness]) clock.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#life.resume();
    this.#warning.resume();
    if (!this.#isBlocked) this.#resumeSilence();
  }

  /** While the command is blocked by its own client, its silence is not its own. */
  block(isBlocked: boolean): void {
    this.#blockedMs = this.blockedMs;
    this.#blockedAt = performance.now();
    this.#isBlocked = isBlocked;
    if (isBlocked) {
      this.#silence.pause();
      this.#stillness.pause();
    } else if (!this.#isPaused) this.#resumeSilence();
  }

  /** Nothing will be told any more. */
  clear(): void {
    for (const clock of [this.#life, this.#warning, this.#silence, this.#stillness]) clock.clear();
  }

  #resumeSilence(): void {
    this.#silence.resume();
    this.#stillness.resume();
  }

  #moveTo(limitMs: number): void {
    this.#limitMs = limitMs;
    this.#life.moveTo(limitMs);
    // A warning that is due already would only repeat what the extension says.
    const warningMs = limitMs * WARNING_SHARE;
    this.#warning.moveTo(warningMs > this.#life.elapsedMs ? warningMs : Infinity);
  }

  #onWarning(): void {
    this.#hasProgressed = false;
    this.listener.warned(this.#limitMs - this.#life.elapsedMs, this.#limitMs, this.#basedOn);
  }

  #onLimit(): void {
    const fromMs = this.#limitMs;
    const toMs = Math.min(fromMs * EXTENSION_FACTOR, this.limits.maxTimeoutMs ?? Infinity);
    // What waits for its own client cannot make progress.
    const isAlive = this.#hasProgressed || this.#isBlocked;
    if (!this.#isEstimated || !isAlive || toMs <= fromMs) this.#expire('execution', fromMs);
    else {
      this.#hasProgressed = false;
      this.#moveTo(toMs);
      this.listener.extended(fromMs, toMs);
    }
  }

  #onSilence(): void {
    this.listener.silent(this.#silence.elapsedMs);
    const { stallTimeoutMs } = this.limits;
    if (stallTimeoutMs !== null) this.#expire('stall', stallTimeoutMs);
  }

  #expire(kind: ReachedLimit['kind'], limitMs: number): void {
    // The client's own stall limit is the client's, also beside an estimated time limit.
    const basedOn = kind === 'stall' && this.limits.stallTimeoutMs !== null ? 'client' : this.#basedOn;
    this.listener.expired({ kind, limitMs, idleMs: this.#stillness.elapsedMs, basedOn });
  }
}
