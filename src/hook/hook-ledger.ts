import type { HookRun } from './hook-run.js';

const KEPT = 20;

/** A run that is told, and of which execution. */
export interface LedgerRow {
  readonly run: HookRun;
  /** Null where the command did not start. */
  executionId: string | null;
}

/** What the hooks did for one session: its last 20 runs, and the sums of all. */
export class HookLedger {
  readonly #recent: LedgerRow[] = [];
  #runs = 0;
  #cached = 0;
  #failures = 0;
  #refusals = 0;
  #totalMs = 0;

  add(run: HookRun, executionId: string | null): LedgerRow {
    const row = { run, executionId };
    this.#recent.push(row);
    if (this.#recent.length > KEPT) this.#recent.shift();
    if (run.isCached) this.#cached++;
    else {
      this.#runs++;
      this.#totalMs += run.durationMs;
    }
    if ('failure' in run.outcome) this.#failures++;
    else if (run.outcome.answer.refusal !== null) this.#refusals++;
    return row;
  }

  /** Oldest first. */
  get recent(): readonly LedgerRow[] {
    return this.#recent;
  }

  /** `runs` are programs that ran, `cached` answers that were known already. */
  get statistics(): {
    readonly runs: number;
    readonly cached: number;
    readonly failures: number;
    readonly refusals: number;
    readonly meanDurationMs: number | null;
  } {
    return {
      runs: this.#runs,
      cached: this.#cached,
      failures: this.#failures,
      refusals: this.#refusals,
      meanDurationMs: this.#runs === 0 ? null : this.#totalMs / this.#runs,
    };
  }
}
