import { Deadline } from '../timeout/deadline.js';

export interface ExecutionLimits {
  /** Of the whole execution; null = none. */
  readonly timeoutMs: number | null;
  /** Silence that ends it; null = none. */
  readonly stallTimeoutMs: number | null;
  /** Silence after which it is told, without consequence; null = never. */
  readonly silenceNoticeMs: number | null;
  readonly cleanupTimeoutMs: number;
  readonly stdinBufferBytes: number;
}

/** The clocks of one execution: its time limit and its silence. Both stop while it is paused. */
export class ExecutionClocks {
  readonly #deadline: Deadline | null;
  readonly #silence: Deadline | null;
  #isPaused = false;
  #isBlocked = false;

  /**
   * @param onTimeout the time limit is reached
   * @param onSilence there was no output for `idleMs`: once in one silence
   */
  constructor(limits: ExecutionLimits, onTimeout: () => void, onSilence: (idleMs: number) => void) {
    const silenceMs = limits.stallTimeoutMs ?? limits.silenceNoticeMs;
    const tellSilence = (): void => {
      onSilence(this.#silence?.elapsedMs ?? 0);
    };
    this.#deadline = limits.timeoutMs === null ? null : new Deadline(limits.timeoutMs, onTimeout);
    this.#silence = silenceMs === null ? null : new Deadline(silenceMs, tellSilence, true);
  }

  /** There was output. */
  touch(): void {
    this.#silence?.touch();
  }

  pause(): void {
    this.#isPaused = true;
    this.#deadline?.pause();
    this.#silence?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#deadline?.resume();
    if (!this.#isBlocked) this.#silence?.resume();
  }

  /** While the command is blocked by its own client, its silence is not its own. */
  block(isBlocked: boolean): void {
    this.#isBlocked = isBlocked;
    if (isBlocked) this.#silence?.pause();
    else if (!this.#isPaused) this.#silence?.resume();
  }

  /** Nothing will be told any more. */
  clear(): void {
    this.#deadline?.clear();
    this.#silence?.clear();
  }
}

/** What is said of a limit that was reached. */
export function timeLimitText(limit: 'execution' | 'stall', limits: ExecutionLimits): string {
  const seconds = (limit === 'stall' ? (limits.stallTimeoutMs ?? 0) : (limits.timeoutMs ?? 0)) / 1000;
  return limit === 'stall'
    ? `Stream timeout: no output for ${String(seconds)} s`
    : `Stream timeout: the time limit of ${String(seconds)} s is reached`;
}
