import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import type { HookEntry, HookType } from '../config/hook-entry.js';
import { PolicyError } from '../policy/policy-error.js';
import type { Execution } from '../process/execution.js';
import type { ExecutionRequest } from '../process/execution-request.js';
import type { HookWarning } from '../process/hook-warning.js';
import { ProcessError } from '../process/process-error.js';
import { changedRequest } from './changed-request.js';
import { CommandMatch } from './command-match.js';
import { commandInput, endInput, requestInput } from './hook-input.js';
import { HookLedger, type LedgerRow } from './hook-ledger.js';
import type { HookRun } from './hook-run.js';
import { HookRunner } from './hook-runner.js';
import { LaterRuns } from './later-runs.js';
import { OutputExcerpt } from './output-excerpt.js';
import { warningOf } from './warning-of.js';

/** The session a hook runs for. */
export interface HookOwner {
  readonly id: string;
}

/** Longest that the end of the service waits for hooks that run after commands. */
const LAST_RUNS_MS = 2000;

/** The operator's hooks: which run when, and what becomes of what they say. */
@Injectable()
export class HookService implements OnModuleDestroy {
  readonly #hooks: readonly { readonly entry: HookEntry; readonly match: CommandMatch }[];
  readonly #ledgers = new WeakMap<HookOwner, HookLedger>();
  readonly #listeners = new WeakMap<Execution, (warning: HookWarning) => void>();
  readonly #later = new LaterRuns();
  readonly #stopping = new AbortController();
  readonly #patient = new AbortController();

  constructor(
    private readonly config: AppConfig,
    private readonly runner: HookRunner,
  ) {
    this.#hooks = config.hook.entries.map((entry) => ({ entry, match: new CommandMatch(entry.commands) }));
  }

  /** False where no hook is configured. */
  get isOn(): boolean {
    return this.#hooks.length > 0;
  }

  get entries(): readonly HookEntry[] {
    return this.config.hook.entries;
  }

  /** What hooks did for a session. */
  ledger(owner: HookOwner): HookLedger {
    const known = this.#ledgers.get(owner) ?? new HookLedger();
    this.#ledgers.set(owner, known);
    return known;
  }

  /**
   * Runs the `pre-execute` hooks one after the other, each on what the one before made of the request.
   * @returns what is to be started, and the runs, of which it is not known yet what they belong to
   * @throws PolicyError where one refuses, or fails whose failure refuses
   */
  async prepare(
    request: ExecutionRequest,
    owner: HookOwner,
  ): Promise<{ readonly request: ExecutionRequest; readonly rows: readonly LedgerRow[] }> {
    const rows: LedgerRow[] = [];
    let changed = request;
    for (const entry of this.#fitting('pre-execute', request)) {
      const input = requestInput(changed, this.config.policy);
      const session = entry.cacheMs === 0 ? { session_id: owner.id } : {};
      const run = await this.runner.run(entry, { ...session, ...input }, this.#stopping.signal);
      rows.push(this.ledger(owner).add(run, null));
      requireConsent(run, commandInput(request).name);
      if ('answer' in run.outcome)
        changed = changedRequest(changed, entry, run.outcome.answer, this.config.process.shell);
    }
    return { request: changed, rows };
  }

  /**
   * Runs the `pre-control` hooks one after the other.
   * @param type PAUSE, RESUME, CANCEL or SIGNAL
   * @throws PolicyError where one refuses, or fails whose failure refuses
   */
  async requireControl(execution: Execution, owner: HookOwner, type: string, signal: string | null): Promise<void> {
    for (const entry of this.#fitting('pre-control', execution.request)) {
      const about = { session_id: owner.id, execution_id: execution.id, pid: execution.pid };
      const input = { ...about, ...commandInput(execution.request).fields, type, signal };
      const run = await this.runner.run(entry, input, this.#stopping.signal);
      this.ledger(owner).add(run, execution.id);
      requireConsent(run, type);
      this.warn(execution, run);
    }
  }

  /**
   * What is to be kept of the output for the hooks that run after it; null where none does.
   * @param hasBegin false where the first of it is not there any more
   */
  excerpt(request: ExecutionRequest, hasBegin = true): OutputExcerpt | null {
    const isWanted = (['post-output', 'post-execute'] as const).some((type) => this.#fitting(type, request).length > 0);
    return isWanted ? new OutputExcerpt(hasBegin) : null;
  }

  /** When the execution ends, its `post-output` and `post-execute` hooks run, in the background. */
  follow(execution: Execution, owner: HookOwner, excerpt: OutputExcerpt): void {
    void execution.ended.then((outcome) => {
      for (const type of ['post-output', 'post-execute'] as const) {
        for (const entry of this.#fitting(type, execution.request)) {
          const input = { session_id: owner.id, ...endInput(execution, outcome, type, excerpt) };
          const isTaken = this.#later.add(async () => {
            const run = await this.runner.run(entry, input, this.#patient.signal);
            this.ledger(owner).add(run, execution.id);
            this.#tell(execution, warningOf(run));
          });
          if (!isTaken) this.#tell(execution, overrun(entry));
        }
      }
    });
  }

  /** From here on the warnings of hooks that run after the execution's end go there. */
  onWarning(execution: Execution, listener: (warning: HookWarning) => void): void {
    if (this.isOn) this.#listeners.set(execution, listener);
  }

  /** Puts the warning that a run gives rise to into the execution's log. */
  warn(execution: Execution, run: HookRun): void {
    const warning = warningOf(run);
    if (warning !== null) execution.note({ type: 'hook-warning', warning });
  }

  /** Nothing new begins: who waits for a hook waits no longer. */
  onModuleDestroy(): void {
    this.#stopping.abort();
  }

  /** Settles when the hooks that run after commands have ended, which takes two seconds at most. */
  async settled(): Promise<void> {
    const patience = new AbortController();
    const late = delay(LAST_RUNS_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([this.#later.idle(), late]);
    patience.abort();
    this.#patient.abort();
  }

  #fitting(type: HookType, request: ExecutionRequest): HookEntry[] {
    return this.#hooks
      .filter(({ entry, match }) => entry.type === type && match.fits(request.program))
      .map(({ entry }) => entry);
  }

  #tell(execution: Execution, warning: HookWarning | null): void {
    if (warning !== null) this.#listeners.get(execution)?.(warning);
  }
}

/**
 * @throws PolicyError where a hook refuses, or fails whose failure refuses
 * @throws ProcessError start-refused where the service shuts down
 */
function requireConsent({ entry, outcome }: HookRun, command: string): void {
  if ('failure' in outcome) {
    const { error, message } = outcome.failure;
    if (error === 'shutdown') throw new ProcessError({ kind: 'start-refused', resource: 'system', code: 'ESHUTDOWN' });
    if (entry.onFailure === 'refuse') throw new PolicyError(command, 'hook', message);
  } else if (outcome.answer.refusal !== null) throw new PolicyError(command, 'hook', outcome.answer.refusal);
}

function overrun(entry: HookEntry): HookWarning {
  const message = `The hook ${entry.name} did not run: too many wait`;
  return { hook: entry.name, hookType: entry.type, error: 'not_started', stderr: '', message, severity: 'error' };
}
