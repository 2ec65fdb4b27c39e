import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { HookEntry } from '../config/hook-entry.js';
import { type OwnProgramEnd, OwnPrograms } from '../process/own-programs.js';
import { hookAnswer } from './hook-answer.js';
import { HookCache } from './hook-cache.js';
import type { HookFailure, HookRun } from './hook-run.js';

const MAX_OUTPUT_BYTES = 65_536;
const MAX_STDERR_CHARACTERS = 4096;

/** Runs hooks: JSON in, JSON out. A hook that begins or ceases to fail is a line in the log. */
@Injectable()
export class HookRunner {
  readonly #logger = new Logger('Hook');
  readonly #cache = new HookCache();
  readonly #failing = new Set<HookEntry>();

  constructor(private readonly programs: OwnPrograms) {}

  /**
   * @param input what it gets on stdin
   * @param signal ends it before its time
   */
  async run(entry: HookEntry, input: object, signal: AbortSignal): Promise<HookRun> {
    const text = `${JSON.stringify({ hook: entry.type, name: entry.name, ...input })}\n`;
    if (entry.cacheMs === 0) return this.#run(entry, text, signal);
    const key = createHash('sha256').update(text).digest('base64');
    return this.#cache.get(key, entry.cacheMs, () => this.#run(entry, text, signal));
  }

  async #run(entry: HookEntry, input: string, signal: AbortSignal): Promise<HookRun> {
    const startedAt = Date.now();
    const end = await this.programs.run({
      argv: entry.program,
      input: Buffer.from(input),
      timeoutMs: entry.timeoutMs,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      signal,
    });
    const outcome = outcomeOf(entry, end);
    this.#tell(entry, 'failure' in outcome ? outcome.failure : null);
    return { entry, outcome, startedAt, durationMs: end.durationMs, isCached: false };
  }

  #tell(entry: HookEntry, failure: HookFailure | null): void {
    if (failure !== null && !this.#failing.has(entry)) {
      this.#failing.add(entry);
      this.#logger.warn(`${failure.message}${failure.stderr && `: ${JSON.stringify(failure.stderr.slice(0, 500))}`}`);
    } else if (failure === null && this.#failing.delete(entry)) this.#logger.log(`The hook ${entry.name} works again`);
  }
}

function outcomeOf(entry: HookEntry, end: OwnProgramEnd): HookRun['outcome'] {
  const failed = (error: HookFailure['error'], what: string): HookRun['outcome'] => {
    const stderr = end.stderr.toString().slice(0, MAX_STDERR_CHARACTERS).toWellFormed();
    return { failure: { error, message: `The hook ${entry.name} failed: ${what}`, stderr } };
  };
  switch (end.end) {
    case 'time-limit':
      return failed('timeout', `it took longer than ${String(entry.timeoutMs / 1000)} s`);
    case 'output-limit':
      return failed('bad_answer', `it printed more than ${String(MAX_OUTPUT_BYTES)} bytes`);
    case 'aborted':
      return failed('shutdown', 'the service shuts down');
    case 'not-started':
      return failed('not_started', `it cannot be started (${String(end.detail)})`);
    case 'signal':
      return failed('signal', `${String(end.detail)} ended it`);
    case 'lost':
      return failed('not_started', 'its end was not seen');
    case 'exit': {
      if (end.detail !== 0) return failed('exit', `it ended with exit code ${String(end.detail)}`);
      const answer = hookAnswer(entry.type, end.stdout);
      return typeof answer === 'string' ? failed('bad_answer', answer) : { answer };
    }
  }
}
